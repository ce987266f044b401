import type { Condition, Cycle, Position, RecordedOf, Reward, RewardEventEvent } from '@rewards/contracts';

/** A step towards the condition, with its rewards and the names of those whose claims are on hold. */
export interface MilestoneVersion {
  readonly count: number;
  readonly rewards: readonly Reward[];
  readonly held: readonly string[];
}

/** A reward event between two of its domain events. */
export interface EventVersion {
  /** Position of the domain event that created this version. */
  readonly position: Position;
  /** Time of that domain event. */
  readonly at: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly claimsUntil: string;
  readonly timeZone: string;
  /** `HH:MM`; midnight by default. */
  readonly dayStartsAt?: string;
  readonly condition: Condition;
  /** The milestones before the last one. */
  readonly earlier: readonly MilestoneVersion[];
  /** The rewards of the last milestone, which is at `condition.count`. */
  readonly rewards: readonly Reward[];
  readonly held: readonly string[];
  readonly cycle: Cycle | null;
  readonly autoComplete: boolean;
  readonly autoClaim: boolean;
  readonly termsVersion: number;
  readonly publishedAt: string | null;
  readonly isPaused: boolean;
  readonly isDeleted: boolean;
  /** Half-open periods in which logins do not count; `to` is null during such a pause. */
  readonly pauses: readonly { readonly from: string; readonly to: string | null }[];
}

/** Whether a login counts for an event, or why not. */
export type CountingState = 'OPEN' | 'UNPUBLISHED' | 'OUTSIDE_WINDOW' | 'PAUSED';

const EMPTY = {
  rewards: [],
  held: [],
  termsVersion: 1,
  publishedAt: null,
  isPaused: false,
  isDeleted: false,
  pauses: [],
} as const;

/**
 * All versions of one reward event, folded independently of the domain, so that a defect of its `evolve` is detected. Logins
 * still count for a deleted event, so a deletion changes nothing here.
 */
export class EventHistory {
  readonly versions: EventVersion[] = [];
  /** The versions that its publications created; several if it was unpublished in between. */
  private readonly publications: EventVersion[] = [];
  /** Position up to which the backfill has counted earlier logins; null until the backfill is recorded. */
  backfilledTo: Position | null = null;

  /** False after a domain event that cannot be read. Logins cannot be judged then. */
  isReadable = true;
  /** False if this runtime cannot compute the days of logins. */
  hasKnownDays = true;

  constructor(readonly eventId: string) {}

  add(fact: RecordedOf<RewardEventEvent>): void {
    const { position } = fact;
    const { at } = fact.data;
    const last = this.versions.at(-1);
    if (fact.type === 'RewardEventCreated') {
      const { startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition, milestones = [] } = fact.data;
      const { cycle = null, autoComplete = false, autoClaim = false } = fact.data;
      const window = { position, at, startsAt, endsAt, claimsUntil, timeZone, dayStartsAt };
      const earlier = milestones.map(({ count, rewards }) => ({ count, rewards, held: [] }));
      this.push({ ...EMPTY, ...window, condition, earlier, cycle, autoComplete, autoClaim });
    } else if (last) {
      const version = { ...last, ...changeBy(fact, last), position, at };
      this.push(version);
      if (fact.type === 'RewardEventPublished') this.publications.push(version);
    }
  }

  /** @throws TypeError for an incomplete version, by which logins cannot be judged */
  private push(version: EventVersion): void {
    const { startsAt, endsAt, claimsUntil, timeZone, condition, rewards, earlier } = version;
    const names = [...rewards, ...earlier.flatMap((milestone) => milestone.rewards)].map(({ name }) => name);
    const texts = [startsAt, endsAt, claimsUntil, timeZone, condition.type, ...names];
    if (texts.some((text) => typeof text !== 'string')) throw new TypeError('a field of the reward event is missing or not text');
    this.versions.push(version);
  }

  /** @returns the event with a version of its terms, while they were in force; null if they never were */
  inForce(termsVersion: number): EventVersion | null {
    return this.versions.findLast((version) => version.termsVersion === termsVersion && version.publishedAt !== null) ?? null;
  }

  /** @returns the event as of a position */
  upTo(position: Position): EventVersion | null {
    return this.versions.findLast((version) => version.position <= position) ?? null;
  }

  /**
   * A login is judged by the event when it was recorded, if it was published then, and by each later publication. It counts if one of
   * these versions counts it.
   * @returns the first version that counts the login, or else the last that judges it; null if none does
   */
  versionFor(position: Position, at: string): EventVersion | null {
    const then = this.upTo(position);
    const later = this.publications.filter((publication) => publication.position > position);
    const judging = then !== null && then.publishedAt !== null ? [then, ...later] : later;
    return judging.find((version) => countingStateAt(version, at) === 'OPEN') ?? judging.at(-1) ?? null;
  }

  /** Whether it was ever published. */
  get wasPublished(): boolean {
    return this.publications.length > 0;
  }

  /** Whether logins from before the last publication may count. An event that began before a publication is not unpublished. */
  get countsEarlierLogins(): boolean {
    const published = this.publications.at(-1);
    return published?.publishedAt != null && published.startsAt < published.publishedAt;
  }

  /** End of the claim period. */
  get claimsUntil(): string {
    return this.versions.at(-1)?.claimsUntil ?? '';
  }
}

/** @returns whether a login at a time counts, or why not */
export const countingStateAt = (version: EventVersion | null, at: string): CountingState => {
  if (!version || version.publishedAt === null) return 'UNPUBLISHED';
  if (at < version.startsAt || at >= version.endsAt) return 'OUTSIDE_WINDOW';
  const isPaused = version.pauses.some(({ from, to }) => at >= from && (to === null || at < to));
  return isPaused ? 'PAUSED' : 'OPEN';
};

/** @param key as stored: the count of an earlier milestone, or undefined for the last one */
export const milestoneOf = (version: EventVersion, key: number | undefined): MilestoneVersion | null =>
  key === undefined
    ? { count: version.condition.count, rewards: version.rewards, held: version.held }
    : (version.earlier.find(({ count }) => count === key) ?? null);

const changeBy = (
  fact: Exclude<RewardEventEvent, { readonly type: 'RewardEventCreated' }>,
  last: EventVersion,
): Partial<EventVersion> => {
  switch (fact.type) {
    case 'RewardAdded': {
      const { reward, milestone } = fact.data;
      return changeRewards(last, milestone, (rewards) => [...rewards, reward]);
    }
    case 'RewardChanged': {
      const { name, amount, milestone } = fact.data;
      return newTerms(last, milestone, (reward) => [reward.name === name ? { ...reward, amount } : reward]);
    }
    case 'RewardWithdrawn':
      return newTerms(last, fact.data.milestone, (reward) => (reward.name === fact.data.name ? [] : [reward]));
    case 'RewardEventChanged': {
      const { startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition } = { ...last, ...fact.data };
      const { cycle = last.cycle, autoComplete = last.autoComplete, autoClaim = last.autoClaim, rewards, milestones } = fact.data;
      return {
        ...{ startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition, cycle, autoComplete, autoClaim },
        ...(rewards && { rewards, held: stillHeld(last.held, rewards) }),
        ...(milestones && { earlier: milestones.map((one) => ({ ...one, held: heldOf(last, one) })) }),
      };
    }
    case 'RewardEventPublished':
      return { publishedAt: fact.data.at };
    case 'RewardEventUnpublished':
      return { publishedAt: null, termsVersion: last.termsVersion + 1 };
    case 'RewardEventPaused':
      return {
        isPaused: true,
        ...(fact.data.counting !== 'CONTINUE' && { pauses: [...last.pauses, { from: fact.data.at, to: null }] }),
      };
    case 'RewardEventResumed':
      return { isPaused: false, pauses: endPause(last, fact.data.at) };
    case 'RewardEventEnded':
      return { isPaused: false, pauses: endPause(last, fact.data.at), endsAt: [fact.data.at, last.endsAt].sort()[0] };
    case 'RewardHeld':
      return changeMilestone(last, fact.data.milestone, ({ held, ...others }) => ({
        ...others,
        held: [...held, fact.data.name],
      }));
    case 'RewardReleased':
      return changeMilestone(last, fact.data.milestone, ({ held, ...others }) => ({
        ...others,
        held: held.filter((name) => name !== fact.data.name),
      }));
    case 'RewardEventDeleted':
      return { isDeleted: true };
    case 'RewardEventRestored':
      return { isDeleted: false };
    default:
      // A domain event of a newer version changes nothing that this version can check.
      fact satisfies never;
      return {};
  }
};

/** The rewards of a draft that are gone are no longer on hold. */
const stillHeld = (held: readonly string[], rewards: readonly Reward[]): readonly string[] =>
  held.filter((name) => rewards.some((reward) => reward.name === name));

const heldOf = (last: EventVersion, { count, rewards }: Pick<MilestoneVersion, 'count' | 'rewards'>): readonly string[] =>
  stillHeld(milestoneOf(last, count)?.held ?? [], rewards);

const changeMilestone = (
  last: EventVersion,
  key: number | undefined,
  change: (milestone: MilestoneVersion) => MilestoneVersion,
): Partial<EventVersion> => {
  if (key !== undefined) return { earlier: last.earlier.map((one) => (one.count === key ? change(one) : one)) };
  const { rewards, held } = change({ count: last.condition.count, rewards: last.rewards, held: last.held });
  return { rewards, held };
};

const changeRewards = (last: EventVersion, key: number | undefined, change: (rewards: readonly Reward[]) => readonly Reward[]) =>
  changeMilestone(last, key, ({ count, rewards, held }) => {
    const changed = change(rewards);
    return { count, rewards: changed, held: last.publishedAt === null ? stillHeld(held, changed) : held };
  });

const newTerms = (last: EventVersion, key: number | undefined, change: (reward: Reward) => Reward[]) => ({
  ...changeRewards(last, key, (rewards) => rewards.flatMap(change)),
  termsVersion: last.publishedAt === null ? last.termsVersion : last.termsVersion + 1,
});

const endPause = ({ pauses }: EventVersion, at: string) => pauses.map(({ from, to }) => ({ from, to: to ?? at }));
