import {
  DEFAULT_DAY_STARTS_AT,
  MAX_MILESTONES,
  MAX_REWARDS_OF_EVENT,
  type FieldError,
  type Reward,
  type RewardEventChange,
  type RewardEventDetails,
  type RewardEventRecord,
} from '@rewards/contracts';
import { isTimeZone } from './conditions';
import { maxProgress } from './cycles';
import { reject } from './rejected';
import { isSameValue } from './same-value';
import { withoutHolds } from './terms';

/** Details as an operator requests them: a default may be given or missing. */
export type RequestedDetails = Omit<RewardEventDetails, keyof Resettable> & Resettable;
type Resettable = Pick<RewardEventChange, 'cycle' | 'autoComplete' | 'autoClaim'>;

/** The details of an event that have a default. At the default, they are not stored. */
const DEFAULTS: RewardEventChange = {
  dayStartsAt: DEFAULT_DAY_STARTS_AT,
  milestones: [],
  cycle: null,
  autoComplete: false,
  autoClaim: false,
  metadata: {},
};

const isDefault = (field: string, value: unknown): boolean =>
  value === undefined || (Object.hasOwn(DEFAULTS, field) && isSameValue(value, DEFAULTS[field as keyof RewardEventChange]));

/** @returns the details as they are stored */
export const detailsOf = (source: RequestedDetails): RewardEventDetails => {
  const { name, description, startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition } = source;
  const { cycle, autoComplete, autoClaim, metadata } = source;
  const milestones = source.milestones?.map(withoutHolds);
  const details = { name, description, startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition };
  return withoutDefaults({ ...details, milestones, cycle, autoComplete, autoClaim, metadata }) as RewardEventDetails;
};

/** @returns a copy without the details that have their default */
export const withoutDefaults = <Details extends object>(details: Details): Details =>
  Object.fromEntries(Object.entries(details).filter(([field, value]) => !isDefault(field, value))) as Details;

/** @returns the fields of a change that differ from the event */
export const changesOf = (event: RewardEventRecord, change: RewardEventChange): RewardEventChange =>
  Object.fromEntries(
    Object.entries(change).filter(
      ([field, value]) => value !== undefined && !isSameValue(value, valueOf(event, field as keyof RewardEventChange)),
    ),
  );

const valueOf = (event: RewardEventRecord, field: keyof RewardEventChange): unknown =>
  (field === 'milestones' ? event.milestones?.map(withoutHolds) : event[field]) ?? DEFAULTS[field];

/**
 * @param event the event before the change, or a new one
 * @returns the request with the rewards of the last milestone in `rewards`, and with what it implies
 * @throws Rejected INVALID_FIELDS
 */
export const normalised = <Change extends RewardEventChange>(
  change: Change,
  event: Pick<RequestedDetails, 'condition' | 'autoClaim'>,
): Change => {
  const implied = (change.autoClaim ?? event.autoClaim) && { autoComplete: true };
  const { count } = change.condition ?? event.condition;
  const last = change.milestones?.at(-1);
  if (last?.count !== count) return { ...change, ...implied };
  const message = `must not include ${count}, because the request has the rewards of the last milestone in \`rewards\``;
  requireNone((change.rewards ?? []).length > 0 ? [{ field: 'milestones', message }] : []);
  return { ...change, ...implied, milestones: change.milestones?.slice(0, -1), rewards: last.rewards };
};

/** @returns the changed fields that are fixed after publication; the end of an event that ended early is fixed too */
export const fixedFields = (
  { endedEarly }: { readonly endedEarly: boolean },
  {
    name: _name,
    description: _description,
    metadata: _metadata,
    endsAt,
    claimsUntil: _claimsUntil,
    ...others
  }: RewardEventChange,
): readonly string[] => [...Object.keys(others), ...(endsAt !== undefined && endedEarly ? ['endsAt'] : [])];

/** Requires that the end and the claim period of a published event are only extended. */
export const requireLater = (event: RewardEventRecord, { endsAt, claimsUntil }: RewardEventChange): void => {
  const errorsOf = (field: 'endsAt' | 'claimsUntil', value: string | undefined): FieldError[] =>
    value !== undefined && value < event[field]
      ? [{ field, message: `must not be before ${event[field]}, because a published event is never shortened` }]
      : [];
  requireNone([...errorsOf('endsAt', endsAt), ...errorsOf('claimsUntil', claimsUntil)]);
};

/** Requires ascending milestones below the condition's count, and rewards within the limits whose names are unique in a milestone. */
export const requireMilestones = (
  { condition, rewards, milestones = [] }: Pick<RewardEventRecord, 'condition' | 'rewards' | 'milestones'>,
  request: RewardEventChange,
): void => {
  const counts = milestones.map(({ count }) => count);
  const highest = counts.at(-1) ?? 0;
  const earlier = milestones.map((milestone) => milestone.rewards);
  const isRepeated = (some: readonly Reward[]) => new Set(some.map(({ name }) => name)).size < some.length;
  const isAscending = counts.every((count, index) => count > (counts[index - 1] ?? 0));
  const total = [rewards, ...earlier].flat().length;
  const rules: readonly (readonly [isBroken: boolean, field: string, message: string])[] = [
    [isRepeated(rewards), 'rewards', 'must have unique names'],
    [earlier.some(isRepeated), 'milestones', 'must have rewards with unique names'],
    [!isAscending, 'milestones', 'must have ascending counts'],
    highest < condition.count || request.milestones
      ? [highest >= condition.count, 'milestones', `must have counts below ${condition.count}, the count of the condition`]
      : [true, 'condition.count', `must be above ${highest}, the count of an earlier milestone`],
    [counts.length > MAX_MILESTONES, 'milestones', `must have at most ${MAX_MILESTONES} before the last one`],
    [
      total > MAX_REWARDS_OF_EVENT,
      'milestones',
      `must have at most ${MAX_REWARDS_OF_EVENT} rewards, those of the last one included`,
    ],
  ];
  requireNone(rules.filter(([isBroken]) => isBroken).map(([, field, message]) => ({ field, message })));
};

/** Requires `startsAt < endsAt <= claimsUntil`. */
export const requireWindow = ({
  startsAt,
  endsAt,
  claimsUntil,
}: Pick<RewardEventDetails, 'startsAt' | 'endsAt' | 'claimsUntil'>): void =>
  requireNone([
    ...(startsAt >= endsAt ? [{ field: 'endsAt', message: 'must be after startsAt' }] : []),
    ...(endsAt > claimsUntil ? [{ field: 'claimsUntil', message: 'must not be before endsAt' }] : []),
  ]);

/** Requires that logins on every day can meet the condition in the window, or in a cycle. Ignores pauses and the current time. */
export const requireReach = (event: RewardEventDetails): void => {
  if (!isTimeZone(event.timeZone)) {
    requireNone([{ field: 'timeZone', message: 'is unknown to this version of the service, so its days cannot be counted' }]);
  }
  const most = maxProgress(event.condition, event);
  const reason = event.cycle ? 'no cycle touches more days' : "the event's window touches no more days";
  requireNone(
    event.condition.count > most ? [{ field: 'condition.count', message: `must be at most ${most}, because ${reason}` }] : [],
  );
};

const requireNone = (errors: readonly FieldError[]): void => {
  if (errors.length > 0) reject('INVALID_FIELDS', { errors });
};
