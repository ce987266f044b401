import type { Condition, Position, RecordedOf, Reward, RewardEventEvent } from '@rewards/contracts';

/** A reward event between two of its facts. */
export interface EventVersion {
  /** Of the fact that made it. */
  readonly position: Position;
  /** Time of that fact. */
  readonly at: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly claimsUntil: string;
  readonly timeZone: string;
  /** `HH:MM`; midnight when it is left out. */
  readonly dayStartsAt?: string;
  readonly condition: Condition;
  readonly rewards: readonly Reward[];
  readonly termsVersion: number;
  readonly publishedAt: string | null;
  /** Half-open; `to` is null while it is paused. */
  readonly pauses: readonly { readonly from: string; readonly to: string | null }[];
}

/** Why a login counts for an event or not. */
export type Verdict = 'OPEN' | 'UNPUBLISHED' | 'OUTSIDE_WINDOW' | 'PAUSED';

const EMPTY = { rewards: [], termsVersion: 1, publishedAt: null, pauses: [] } as const;

/**
 * All that one reward event ever was, folded apart from the domain: a defect of its `evolve` must not hide itself here. A
 * deleted event goes on counting, so its deletion changes nothing here.
 */
export class EventHistory {
  readonly versions: EventVersion[] = [];
  /** Of its publication; null before it. */
  publishedPosition: Position | null = null;
  /** All logins up to here that were recorded before its publication have been counted; null while that is not said. */
  backfilledTo: Position | null = null;

  /** False after an event that cannot be read: nothing can be judged by the others then. */
  isReadable = true;
  /** False if this runtime cannot compute the days of its logins. */
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
      if (fact.type === 'RewardEventPublished') this.publishedPosition ??= position;
      this.push({ ...last, ...changeBy(fact, last), position, at });
    }
  }

  /** @throws TypeError for a version that logins cannot be judged by */
  private push(version: EventVersion): void {
    const { startsAt, endsAt, claimsUntil, timeZone, condition, rewards } = version;
    const texts = [startsAt, endsAt, claimsUntil, timeZone, condition.type, ...rewards.map(({ name }) => name)];
    if (texts.some((text) => typeof text !== 'string')) throw new TypeError('incomplete');
    this.versions.push(version);
  }

  /** The event as its facts up to a position tell it. */
  upTo(position: Position): EventVersion | null {
    return this.versions.findLast((version) => version.position <= position) ?? null;
  }

  /** The event by which a login is judged that was recorded at a position: a later publication looks back once. */
  judging(position: Position): EventVersion | null {
    if (this.publishedPosition === null) return null;
    return this.upTo(position > this.publishedPosition ? position : this.publishedPosition);
  }

  /** Whether logins from before its publication may count. */
  get looksBack(): boolean {
    const published = this.publishedPosition === null ? null : this.upTo(this.publishedPosition);
    return published?.publishedAt != null && published.startsAt < published.publishedAt;
  }

  /** The latest time up to which anything could be claimed. */
  get claimsUntil(): string {
    return this.versions.at(-1)?.claimsUntil ?? '';
  }
}

/** Whether a login of a time counts. */
export const judge = (version: EventVersion | null, at: string): Verdict => {
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
    case 'RewardEventPaused':
      return { pauses: [...last.pauses, { from: fact.data.at, to: null }] };
    case 'RewardEventResumed':
      return { pauses: endPause(last, fact.data.at) };
    case 'RewardEventEnded':
      return { pauses: endPause(last, fact.data.at), endsAt: [fact.data.at, last.endsAt].sort()[0] };
    case 'RewardEventDeleted':
    case 'RewardEventRestored':
      return {};
    default:
      // A newer writer's domain event changes nothing that this version could check.
      fact satisfies never;
      return {};
  }
};

const newTerms = ({ rewards, termsVersion, publishedAt }: EventVersion, change: (reward: Reward) => Reward[]) => ({
  rewards: rewards.flatMap(change),
  termsVersion: publishedAt === null ? termsVersion : termsVersion + 1,
});

const endPause = ({ pauses }: EventVersion, at: string) => pauses.map(({ from, to }) => ({ from, to: to ?? at }));
