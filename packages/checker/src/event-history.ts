import type { Condition, Position, RecordedOf, Reward, RewardEventEvent } from '@rewards/contracts';

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
  readonly rewards: readonly Reward[];
  readonly termsVersion: number;
  readonly publishedAt: string | null;
  /** Half-open periods in which logins do not count; `to` is null during such a pause. */
  readonly pauses: readonly { readonly from: string; readonly to: string | null }[];
}

/** Whether a login counts for an event, or why not. */
export type CountingState = 'OPEN' | 'UNPUBLISHED' | 'OUTSIDE_WINDOW' | 'PAUSED';

const EMPTY = { rewards: [], termsVersion: 1, publishedAt: null, pauses: [] } as const;

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
      const { startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition } = fact.data;
      this.push({ ...EMPTY, position, at, startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition });
    } else if (last) {
      const version = { ...last, ...changeBy(fact, last), position, at };
      this.push(version);
      if (fact.type === 'RewardEventPublished') this.publications.push(version);
    }
  }

  /** @throws TypeError for an incomplete version, by which logins cannot be judged */
  private push(version: EventVersion): void {
    const { startsAt, endsAt, claimsUntil, timeZone, condition, rewards } = version;
    const texts = [startsAt, endsAt, claimsUntil, timeZone, condition.type, ...rewards.map(({ name }) => name)];
    if (texts.some((text) => typeof text !== 'string')) throw new TypeError('a field of the reward event is missing or not text');
    this.versions.push(version);
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

const changeBy = (
  fact: Exclude<RewardEventEvent, { readonly type: 'RewardEventCreated' }>,
  last: EventVersion,
): Partial<EventVersion> => {
  switch (fact.type) {
    case 'RewardAdded':
      return { rewards: [...last.rewards, fact.data.reward] };
    case 'RewardChanged': {
      const { name, amount } = fact.data;
      return newTerms(last, (reward) => [reward.name === name ? { ...reward, amount } : reward]);
    }
    case 'RewardWithdrawn':
      return newTerms(last, (reward) => (reward.name === fact.data.name ? [] : [reward]));
    case 'RewardEventChanged': {
      const { startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition, rewards } = { ...last, ...fact.data };
      return { startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition, rewards };
    }
    case 'RewardEventPublished':
      return { publishedAt: fact.data.at };
    case 'RewardEventUnpublished':
      return { publishedAt: null, termsVersion: last.termsVersion + 1 };
    case 'RewardEventPaused':
      return fact.data.counting === 'CONTINUE' ? {} : { pauses: [...last.pauses, { from: fact.data.at, to: null }] };
    case 'RewardEventResumed':
      return { pauses: endPause(last, fact.data.at) };
    case 'RewardEventEnded':
      return { pauses: endPause(last, fact.data.at), endsAt: [fact.data.at, last.endsAt].sort()[0] };
    // A hold cannot be checked, like a pause: it applies to an instance only after that instance has received it.
    case 'RewardHeld':
    case 'RewardReleased':
    case 'RewardEventDeleted':
    case 'RewardEventRestored':
      return {};
    default:
      // A domain event of a newer version changes nothing that this version can check.
      fact satisfies never;
      return {};
  }
};

const newTerms = ({ rewards, termsVersion, publishedAt }: EventVersion, change: (reward: Reward) => Reward[]) => ({
  rewards: rewards.flatMap(change),
  termsVersion: publishedAt === null ? termsVersion : termsVersion + 1,
});

const endPause = ({ pauses }: EventVersion, at: string) => pauses.map(({ from, to }) => ({ from, to: to ?? at }));
