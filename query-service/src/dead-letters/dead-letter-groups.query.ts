import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { nextTurn } from '@rewards/async';
import type { ConsistencyToken, DeadLetterView } from '@rewards/contracts';
import { countInSlices, type Collection } from '@rewards/document-store';
import { ReadModelStore } from '../read-models/read-model-store';

/** The open dead letters with one fingerprint. */
export interface DeadLetterGroup {
  readonly fingerprint: string;
  readonly topic: string;
  /** Of the newest one. */
  readonly error: string;
  readonly count: number;
  /** When the oldest one was recorded. */
  readonly firstAt: string;
  /** When the newest one was recorded. */
  readonly lastAt: string;
}

export class ListDeadLetterGroups extends Query<readonly DeadLetterGroup[]> {
  constructor(readonly atLeast: ConsistencyToken | null) {
    super();
  }
}

const MAX_GROUPS = 100;
/** Groups that one request looks at, and dead letters that it reads if there are more. */
const MAX_READ = 1_000;
const OPEN = { status: 'OPEN' } as const;

type DeadLetters = Pick<Collection<DeadLetterView>, 'find' | 'count'>;

/**
 * Groups the open dead letters when they are requested: a domain event that handles one does not have its fingerprint, so no
 * document for each group could be folded from it. A request reads a few documents of each group, however many dead letters the
 * group has; only `count` passes over their index entries. Other requests run in between.
 */
@QueryHandler(ListDeadLetterGroups)
export class ListDeadLetterGroupsHandler implements IQueryHandler<ListDeadLetterGroups> {
  constructor(private readonly readModels: ReadModelStore) {}

  /** Lists the groups with the newest dead letters first. */
  async execute({ atLeast }: ListDeadLetterGroups): Promise<readonly DeadLetterGroup[]> {
    const { deadLetters } = await this.readModels.open(['deadLetters'], atLeast);
    const fingerprints = (await allFingerprints(deadLetters)) ?? (await newestFingerprints(deadLetters));
    const newest: DeadLetterView[] = [];
    for (const fingerprint of fingerprints) {
      newest.push(...(await endOf(deadLetters, fingerprint, 'descending')));
      await nextTurn();
    }
    const groups: DeadLetterGroup[] = [];
    for (const letter of newest.sort((a, b) => (a.position < b.position ? 1 : -1)).slice(0, MAX_GROUPS))
      groups.push(...(await groupOf(deadLetters, letter)));
    return groups;
  }
}

/** @returns null if there are more than one request may look at */
const allFingerprints = async (deadLetters: DeadLetters): Promise<readonly string[] | null> => {
  const found: string[] = [];
  for (let last = ''; ;) {
    const [next] = await deadLetters.find({
      where: { ...OPEN, fingerprint: { gt: last } },
      orderBy: { field: 'fingerprint', direction: 'ascending' },
      limit: 1,
    });
    const fingerprint = next?.document.fingerprint;
    if (!fingerprint) return found;
    if (found.length === MAX_READ) return null;
    found.push((last = fingerprint));
    await nextTurn();
  }
};

const newestFingerprints = async (deadLetters: DeadLetters): Promise<readonly string[]> => {
  const newest = await deadLetters.find({
    where: OPEN,
    orderBy: { field: 'position', direction: 'descending' },
    limit: MAX_READ,
  });
  return [...new Set(newest.flatMap(({ document }) => document.fingerprint ?? []))];
};

/** Returns the newest or the oldest one of a group; none if none is open any longer. */
const endOf = async (
  deadLetters: DeadLetters,
  fingerprint: string,
  direction: 'ascending' | 'descending',
): Promise<readonly DeadLetterView[]> => {
  const found = await deadLetters.find({
    where: { ...OPEN, fingerprint },
    orderBy: { field: 'position', direction },
    limit: 1,
  });
  return found.map(({ document }) => document);
};

const groupOf = async (deadLetters: DeadLetters, newest: DeadLetterView): Promise<readonly DeadLetterGroup[]> => {
  const { topic, error, at: lastAt } = newest;
  const fingerprint = newest.fingerprint ?? '';
  const count = await countInSlices<DeadLetterView>(deadLetters, { ...OPEN, fingerprint }, 'position');
  const oldest = await endOf(deadLetters, fingerprint, 'ascending');
  return count === 0 ? [] : oldest.map(({ at: firstAt }) => ({ fingerprint, topic, error, count, firstAt, lastAt }));
};
