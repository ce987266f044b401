import type { Milestone, Reward, RewardEventRecord, Terms } from '@rewards/contracts';
import { reject } from './rejected';

/** Anything with milestones: a version of the terms, or the state or view of an event. */
type WithMilestones = Pick<RewardEventRecord, 'condition' | 'rewards' | 'milestones' | 'held'>;

/** How stored events name a milestone: by its count, or undefined for the last one. */
export type MilestoneKey = number | undefined;

/** @returns all milestones, ascending; the last one is at `condition.count` */
export const milestonesOf = (terms: WithMilestones): readonly Milestone[] => [...(terms.milestones ?? []), lastMilestone(terms)];

const lastMilestone = ({ condition, rewards, held }: WithMilestones): Milestone => ({
  count: condition.count,
  rewards,
  ...(held && { held }),
});

/** @returns the key of the milestone at a count, by default the last one; these terms may not have it */
export const milestoneKey = ({ condition }: Pick<Terms, 'condition'>, count: number | undefined): MilestoneKey =>
  count === condition.count ? undefined : count;

/** @returns the member of a domain event that names its milestone */
export const ofMilestone = (key: MilestoneKey): { readonly milestone?: number } => (key === undefined ? {} : { milestone: key });

/** @returns a milestone; undefined if these terms do not have it */
export const milestoneAt = (terms: WithMilestones, key: MilestoneKey): Milestone | undefined =>
  key === undefined ? lastMilestone(terms) : terms.milestones?.find(({ count }) => count === key);

/** @returns the milestone that a request names @throws Rejected NO_SUCH_MILESTONE */
export const requireMilestone = (terms: WithMilestones, key: MilestoneKey): Milestone =>
  milestoneAt(terms, key) ?? reject('NO_SUCH_MILESTONE', { milestone: key ?? terms.condition.count });

/** Thrown if the state or view of an event is older than the terms of a participation. Read the event again, and retry. */
export class UnknownTerms extends Error {
  override readonly name = 'UnknownTerms';
  constructor({ eventId, termsVersion }: Pick<RewardEventRecord, 'eventId' | 'termsVersion'>, version: number) {
    super(`Event ${eventId} was read up to version ${termsVersion} of its terms, but the participation has version ${version}.`);
  }
}

/** @returns one version of the terms of an event @throws UnknownTerms */
export const termsOf = (event: RewardEventRecord, version: number): Terms => {
  if (version === event.termsVersion) return event;
  const terms = event.earlierTerms?.find(({ termsVersion }) => termsVersion === version);
  if (!terms) throw new UnknownTerms(event, version);
  return terms;
};

/** @returns whether any version of the terms promises this reward, so that a player may claim it */
export const everPromised = (event: RewardEventRecord, key: MilestoneKey, rewardName: string): boolean =>
  [event, ...(event.earlierTerms ?? [])].some((terms) =>
    milestoneAt(terms, key)?.rewards.some(({ name }) => name === rewardName),
  );

/** @returns the rewards at the start with later increases; rewards that were reduced or withdrawn since keep their amount */
export const promisedRewards = (then: readonly Reward[], now: readonly Reward[]): readonly Reward[] =>
  then.map((reward) => {
    const current = now.find(({ name }) => name === reward.name);
    return { ...reward, amount: Math.max(reward.amount, current?.amount ?? 0) };
  });

/** @returns the event with a new version of its terms, which is the same as the previous one so far */
export const withNextTerms = <Event extends RewardEventRecord>(event: Event): Event => {
  const { termsVersion, condition, rewards, milestones } = event;
  const terms = { termsVersion, condition, rewards, ...(milestones && { milestones: milestones.map(withoutHolds) }) };
  return { ...event, termsVersion: termsVersion + 1, earlierTerms: [...(event.earlierTerms ?? []), terms] };
};

/** @returns the terms of a milestone */
export const withoutHolds = ({ count, rewards }: Milestone): Milestone => ({ count, rewards });

/**
 * @returns the event with other rewards of a milestone. A published event gets a new version of its terms. The terms of a draft bind
 *   no player, so it keeps its version, and a hold ends with its reward. After publication, players may still claim a reward that was
 *   withdrawn.
 */
export const withRewards = <Event extends RewardEventRecord>(
  event: Event,
  key: MilestoneKey,
  change: (rewards: readonly Reward[]) => readonly Reward[],
): Event => {
  const isDraft = event.publishedAt === null;
  return withMilestone(isDraft ? event : withNextTerms(event), key, ({ count, rewards, held = [] }) => {
    const changed = change(rewards);
    return milestoneWith(count, changed, isDraft ? held.filter((name) => changed.some((reward) => reward.name === name)) : held);
  });
};

/** @returns the event with a reward on hold, or no longer on hold */
export const withHold = <Event extends RewardEventRecord>(
  event: Event,
  key: MilestoneKey,
  name: string,
  isHeld: boolean,
): Event =>
  withMilestone(event, key, ({ count, rewards, held = [] }) => {
    const others = held.filter((other) => other !== name);
    return milestoneWith(count, rewards, isHeld ? [...others, name] : others);
  });

/** @returns the event with these earlier milestones instead of its own; rewards that it had there stay on hold */
export const withMilestones = <Event extends RewardEventRecord>(event: Event, milestones: readonly Milestone[]): Event => {
  const replaced = milestones.map(({ count, rewards }) => {
    const held = milestoneAt(event, count)?.held ?? [];
    return milestoneWith(
      count,
      rewards,
      held.filter((name) => rewards.some((reward) => reward.name === name)),
    );
  });
  return { ...(event.publishedAt === null ? event : withNextTerms(event)), milestones: replaced };
};

const milestoneWith = (count: number, rewards: readonly Reward[], held: readonly string[]): Milestone => ({
  count,
  rewards,
  ...(held.length > 0 && { held }),
});

/** @returns the event with a changed milestone, in the same version of its terms */
export const withMilestone = <Event extends RewardEventRecord>(
  event: Event,
  key: MilestoneKey,
  change: (milestone: Milestone) => Milestone,
): Event => {
  if (key !== undefined) {
    return {
      ...event,
      milestones: (event.milestones ?? []).map((earlier) => (earlier.count === key ? change(earlier) : earlier)),
    };
  }
  const { held: _held, ...others } = event;
  const { rewards, held } = change(lastMilestone(event));
  return { ...others, rewards, ...(held && { held }) } as Event;
};
