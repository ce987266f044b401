import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ConsistencyToken, DeadLetterView } from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
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
 * document for each group could be folded from it. A request reads a few index entries of each group, however many dead letters
 * the group has; only `count` passes over their entries.
 */
@QueryHandler(ListDeadLetterGroups)
export class ListDeadLetterGroupsHandler implements IQueryHandler<ListDeadLetterGroups> {
  constructor(private readonly readModels: ReadModelStore) {}

  /** Lists the groups with the newest dead letters first. */
  async execute({ atLeast }: ListDeadLetterGroups): Promise<readonly DeadLetterGroup[]> {
    const { deadLetters } = await this.readModels.open(['deadLetters'], atLeast);
    const fingerprints = (await allFingerprints(deadLetters)) ?? (await newestFingerprints(deadLetters));
    const newest = await Promise.all(fingerprints.map((fingerprint) => endOf(deadLetters, fingerprint, 'descending')));
    const shown = newest
      .flatMap((letter) => letter ?? [])
      .sort((a, b) => (a.position < b.position ? 1 : -1))
      .slice(0, MAX_GROUPS);
    const groups = await Promise.all(shown.map((letter) => groupOf(deadLetters, letter)));
    return groups.flatMap((group) => group ?? []);
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

/** Returns the newest or the oldest one of a group; null if none is open any longer. */
const endOf = async (
  deadLetters: DeadLetters,
  fingerprint: string,
  direction: 'ascending' | 'descending',
): Promise<DeadLetterView | null> => {
  const [found] = await deadLetters.find({
    where: { ...OPEN, fingerprint },
    orderBy: { field: 'position', direction },
    limit: 1,
  });
  return found?.document ?? null;
};

const groupOf = async (deadLetters: DeadLetters, newest: DeadLetterView): Promise<DeadLetterGroup | null> => {
  const { topic, error, at: lastAt } = newest;
  const fingerprint = newest.fingerprint ?? '';
  const [count, oldest] = await Promise.all([
    deadLetters.count({ ...OPEN, fingerprint }),
    endOf(deadLetters, fingerprint, 'ascending'),
  ]);
  return oldest && count > 0 ? { fingerprint, topic, error, count, firstAt: oldest.at, lastAt } : null;
};
