import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { START, type Position } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import type { Acknowledged } from './players';

interface Books {
  readonly position: Position;
  /** How often each login is recorded. */
  readonly recorded: ReadonlyMap<string, number>;
  /** How often each login is counted for an event, as `eventId loginId`. */
  readonly counted: ReadonlyMap<string, number>;
  /** Amounts granted to a request, as `accountId requestId`. */
  readonly granted: ReadonlyMap<string, readonly number[]>;
  /** Units granted to an account. */
  readonly taken: ReadonlyMap<string, number>;
  readonly erased: ReadonlyMap<string, number>;
  readonly deadLetters: number;
}

interface Data {
  readonly eventId: string;
  readonly accountId: string;
  readonly loginId: string;
  readonly requestId: string;
  readonly amount: number;
}

const add = (counts: Map<string, number>, key: string, amount = 1): void => void counts.set(key, (counts.get(key) ?? 0) + amount);

/** Reads the whole log as plainly as can be. */
export const readBooks = async (store: EventStore): Promise<Books> => {
  const [recorded, counted, taken, erased] = [1, 2, 3, 4].map(() => new Map<string, number>()) as [
    Map<string, number>,
    Map<string, number>,
    Map<string, number>,
    Map<string, number>,
  ];
  const granted = new Map<string, number[]>();
  let deadLetters = 0;
  let position = START;
  for await (const batch of store.subscribe({ after: START })) {
    for (const { type, data } of batch.events) {
      const { eventId, accountId, loginId, requestId, amount } = data as Data;
      if (type === 'LoggedIn') add(recorded, loginId);
      if (type === 'LoginCounted') add(counted, `${eventId} ${loginId}`);
      if (type === 'AccountErased') add(erased, accountId);
      if (type === 'MessageDeadLettered') deadLetters += 1;
      if (type === 'RewardClaimed') {
        add(taken, accountId, amount);
        granted.set(`${accountId} ${requestId}`, [...(granted.get(`${accountId} ${requestId}`) ?? []), amount]);
      }
    }
    position = batch.searched;
    if (batch.caughtUp) break;
  }
  return { position, recorded, counted, granted, taken, erased, deadLetters };
};

/** What is wrong with the books, given what was acknowledged. @param everyLogin events that each login counts for */
export const complaints = (
  { recorded, counted, granted, taken, erased, deadLetters }: Books,
  acknowledged: Acknowledged,
  everyLogin: readonly string[],
  promised: number,
): readonly string[] => [
  ...acknowledged.logins.flatMap(({ loginId }) =>
    recorded.get(loginId) === 1 ? [] : [`login ${loginId}: ${recorded.get(loginId)} times in the log`],
  ),
  ...everyLogin.flatMap((eventId) =>
    [...recorded.keys()].flatMap((loginId) => {
      const times = counted.get(`${eventId} ${loginId}`) ?? 0;
      return times === 1 ? [] : [`login ${loginId}: counted ${times} times for ${eventId}`];
    }),
  ),
  ...acknowledged.claims.flatMap(({ accountId, requestId, amount }) => {
    const amounts = granted.get(`${accountId} ${requestId}`) ?? [];
    return amounts.length === 1 && amounts[0] === amount
      ? []
      : [`claim ${requestId} of ${amount}: granted ${amounts.join(', ')}`];
  }),
  ...[...taken].flatMap(([accountId, units]) => (units === promised ? [] : [`account ${accountId}: ${units} of ${promised}`])),
  ...acknowledged.erased.flatMap(({ accountId }) =>
    erased.get(accountId) === 1 ? [] : [`account ${accountId}: erased ${erased.get(accountId)} times`],
  ),
  ...(deadLetters === 0 ? [] : [`${deadLetters} dead letters`]),
];

/** Files that still have something of an erased account in them. */
export const filesWith = (dataDir: string, texts: readonly string[]): readonly string[] =>
  readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => {
      const content = readFileSync(file);
      return texts.some((text) => content.includes(text));
    });
