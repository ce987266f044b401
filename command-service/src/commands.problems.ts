import { MAX_REWARDS, type OperatorCommand, type Reason, type RewardEventStatus } from '@rewards/contracts';
import { commonRejection, INVALID_FIELDS, rateLimitedRejection, type RejectionTable } from '@rewards/service-kit/rejections';

/** The reasons to reject a request: the rules of the domain, and states of the service itself. */
export type CommandReason =
  | Reason
  | 'NO_SUCH_GROUP'
  | 'GROUPS_BEHIND'
  | 'DELIVERIES_BEHIND'
  | 'LOG_LACKS_WRITE'
  | 'READING_LOG'
  | 'LOG_REPLACED'
  | 'UNKNOWN_ZONE'
  | 'TOO_MANY_REJECTIONS';

/** The problem for each reason. A missing row does not compile. */
export const COMMAND_REJECTIONS = {
  NO_SUCH_EVENT: {
    title: 'Event not found',
    code: 'NOT_FOUND',
    explain: () => 'No event has the id in this path, or this account cannot see it.',
  },
  REQUEST_ID_REUSED: {
    title: 'The requestId was already used for another request',
    explain: ({ requestId }) =>
      `${requestId === undefined ? 'This requestId' : `The requestId ${quoted(requestId)}`} belongs to an earlier request ` +
      'with a different body. Send a new requestId for a new request.',
  },
  EVENT_NOT_OPEN: {
    title: 'The event is not open',
    explain: ({ state }) => `The event is ${plain(state)}. Rewards can be claimed while it is ACTIVE or ENDED.`,
  },
  CLAIMS_CLOSED: {
    title: 'The event no longer accepts claims',
    explain: ({ claimsUntil }) => `Claims were accepted until ${plain(claimsUntil)}.`,
  },
  NO_SUCH_CYCLE: {
    title: 'Cycle not found',
    explain: ({ cycle }) =>
      `No cycle of this event begins on ${plain(cycle)}, or it has not begun yet. A cycle is named by the first day of its period.`,
  },
  NO_SUCH_MILESTONE: {
    title: 'Milestone not found',
    explain: ({ milestone }) => `The event has no milestone at ${plain(milestone)}. GET /events/{eventId} lists its milestones.`,
  },
  NOT_COMPLETED: {
    title: 'The event is not completed yet',
    explain: ({ progress, required, milestone }) =>
      Number(progress) < Number(required)
        ? `The progress is ${plain(progress)} of ${plain(required)}, so the ${goal(milestone)} cannot be completed yet.`
        : `The condition is met. Complete the ${goal(milestone)} with POST /events/{eventId}/completion, then claim.`,
  },
  CONDITION_NOT_MET: {
    title: 'The condition is not met yet',
    explain: ({ progress, required, milestone }) =>
      `The progress is ${plain(progress)} of ${plain(required)}. Complete the ${goal(milestone)} once the condition is met.`,
  },
  NO_SUCH_REWARD: {
    title: 'Reward not found',
    explain: ({ rewardName, milestone }) => `The ${goal(milestone)} has no reward named ${quoted(rewardName)}.`,
  },
  INSUFFICIENT_REMAINING: {
    title: 'The request exceeds the remaining amount',
    explain: ({ requested, remaining, rewardName }) =>
      requested === 'all'
        ? `All units of ${quoted(rewardName)} have already been claimed.`
        : `${units(requested)} requested but ${remaining === 0 ? 'none remain' : `only ${plain(remaining)} ${remaining === 1 ? 'remains' : 'remain'}`}.`,
  },
  AMOUNT_TOO_SMALL: {
    title: 'The requested amount is too small',
    explain: ({ requested, minimum, rewardName }) =>
      `${units(requested)} requested, but a claim of ${quoted(rewardName)} takes at least ${plain(minimum)}. Claim more units at once.`,
  },
  REWARD_ON_HOLD: {
    title: 'Claims of this reward are on hold',
    explain: ({ rewardName }) => `An operator holds ${quoted(rewardName)}. It can be claimed again once it is released.`,
  },
  WRONG_STATE: {
    title: 'Not allowed in the current state of the event',
    explain: ({ state, fields, endsAt, command }) => {
      if (Array.isArray(fields)) return `The event is ${plain(state)}, so ${fields.join(', ')} can no longer be changed.`;
      if (endsAt !== undefined) return `The event ended at ${plain(endsAt)}. Set a later endsAt before you publish it.`;
      if (state === REPEATED[command as OperatorCommand]) return `The event is already ${state}.`;
      return `The event is ${plain(state)}, so it cannot ${ACTIONS[command as OperatorCommand] ?? 'be changed'}.`;
    },
  },
  INVALID_FIELDS,
  STALE_REVISION: {
    title: 'The event was changed by another request',
    explain: ({ revision }) =>
      `If-Match does not contain "${plain(revision)}", the current revision of the event. Read the event again and repeat the change.`,
  },
  NO_REWARDS: {
    title: 'A published event needs a reward',
    explain: ({ command }) =>
      command === 'WithdrawReward'
        ? 'This is the last reward of its milestone, so it cannot be withdrawn from a published event. Change its amount, or end the event.'
        : 'Add at least one reward to each milestone before you publish this event.',
  },
  CONFIRM_PAST: {
    title: 'The publication would grant rewards for past logins',
    explain: ({ startsAt }) =>
      `The event began at ${plain(startsAt)}, so its publication grants rewards automatically for logins since then. ` +
      'Send confirmPast: true if this is intended.',
  },
  REWARD_EXISTS: {
    title: 'The milestone already has a reward with this name',
    explain: ({ rewardName }) =>
      `A reward named ${quoted(rewardName)} already exists. Change its amount, or choose another name.`,
  },
  TOO_MANY_REWARDS: {
    title: 'The maximum number of rewards is reached',
    explain: ({ limit }) =>
      `The ${limit === MAX_REWARDS ? 'milestone' : 'event'} already has ${plain(limit)} rewards. Withdraw one before you add another.`,
  },
  NO_SUCH_DEAD_LETTER: {
    title: 'Dead letter not found',
    code: 'NOT_FOUND',
    explain: () => 'No dead letter has the id in this path.',
  },
  ALREADY_HANDLED: {
    title: 'The dead letter was already redriven or discarded',
    explain: ({ state }) => `The dead letter is ${plain(state)}. Only an OPEN dead letter can be redriven or discarded.`,
  },
  MESSAGE_CUT: {
    title: 'The message was not stored completely',
    explain: () => 'Only the beginning of this message was stored, so it cannot be published again. Discard the dead letter.',
  },
  NO_SUCH_ENDPOINT: {
    title: 'Endpoint not found',
    code: 'NOT_FOUND',
    explain: () => 'No delivery endpoint has the id in this path. It may have been removed.',
  },
  TYPE_TAKEN: {
    title: 'Another endpoint accepts this reward type',
    explain: ({ rewardType, endpointId }) =>
      rewardType === null
        ? `The endpoint ${plain(endpointId)} already accepts every type that no endpoint names. Name the types of this one in rewardTypes.`
        : `The endpoint ${plain(endpointId)} already accepts ${plain(rewardType)}. Take the type from that endpoint first, or leave it out of rewardTypes.`,
  },
  ENDPOINT_STATE: {
    title: 'Not allowed in the current state of the endpoint',
    explain: ({ state }) => {
      if (state === 'REMOVED') return 'The endpoint of this delivery was removed, so the delivery cannot be sent again.';
      if (state === 'DISABLED')
        return 'The endpoint is DISABLED, so it cannot be paused. Resume it once its receiver exists again.';
      return 'The endpoint publishes to the bus, so it has no secret to rotate.';
    },
  },
  ROTATION_RUNNING: {
    title: 'The previous secret still signs',
    explain: ({ until }) =>
      `The secret was rotated less than 24 hours ago, and both secrets sign until ${plain(until)}. Rotate it after that.`,
  },
  ADDRESS_REFUSED: {
    title: 'The address of the receiver is not allowed',
    explain: ({ host }) =>
      `${plain(host)} is, or resolves to, a private, loopback, link-local, metadata or reserved address. Webhooks go to public addresses only, ` +
      'unless DELIVERY_ALLOW_PRIVATE allows loopback and private ones.',
  },
  NO_SUCH_DELIVERY: {
    title: 'Delivery not found',
    code: 'NOT_FOUND',
    explain: () => 'No delivery has the id in this path. A reward whose type no endpoint accepts has no delivery.',
  },
  ALREADY_DELIVERED: {
    title: 'The delivery was already delivered',
    explain: ({ deliveredAt }) =>
      `The receiver accepted it at ${plain(deliveredAt)}. To send it again, send force: true with a reason.`,
  },
  NO_SUCH_GROUP: commonRejection(
    'NOT_FOUND',
    ({ fingerprint }) => `No dead letter has ever had the fingerprint ${plain(fingerprint)}. GET /dead-letters lists them.`,
  ),
  GROUPS_BEHIND: commonRejection(
    'UNAVAILABLE',
    () => 'The read model of dead letters has not caught up with the log, so a group may be incomplete. Retry shortly.',
  ),
  DELIVERIES_BEHIND: commonRejection(
    'NOT_CAUGHT_UP',
    () => 'The read model of deliveries has not caught up with the log yet, so it may lack recent outcomes. Retry shortly.',
  ),
  LOG_LACKS_WRITE: commonRejection(
    'NOT_CAUGHT_UP',
    () => 'The log does not contain the write that X-Min-Position names. It may have been restored from a backup since.',
  ),
  READING_LOG: commonRejection(
    'UNAVAILABLE',
    () => 'The service is still reading the reward events from the log. Retry shortly.',
  ),
  LOG_REPLACED: commonRejection(
    'UNAVAILABLE',
    () => 'The event store was replaced or restored while this process ran. Restart command-service.',
  ),
  UNKNOWN_ZONE: commonRejection(
    'UNAVAILABLE',
    () => 'This version of the service does not know the time zone of the event, so it cannot determine its cycles.',
  ),
  TOO_MANY_REJECTIONS: rateLimitedRejection(
    'Too many requests from this account were rejected, so the rejection of this one was not recorded.',
  ),
} satisfies RejectionTable<CommandReason>;

/** Each command as the end of the sentence "The event is …, so it cannot …". */
const ACTIONS: Readonly<Record<OperatorCommand, string>> = {
  CreateRewardEvent: 'be created',
  CloneRewardEvent: 'be cloned',
  ChangeRewardEvent: 'be changed',
  AddReward: 'have rewards added',
  ChangeReward: 'have its rewards changed',
  WithdrawReward: 'have its rewards withdrawn',
  HoldReward: 'have its rewards held',
  ReleaseReward: 'have its rewards released',
  PublishRewardEvent: 'be published',
  UnpublishRewardEvent: 'be unpublished',
  PauseRewardEvent: 'be paused',
  ResumeRewardEvent: 'be resumed',
  EndRewardEvent: 'be ended',
  DeleteRewardEvent: 'be deleted',
  RestoreRewardEvent: 'be restored',
};

/** The state that a command leads to: repeated, it changes nothing. */
const REPEATED: Readonly<Partial<Record<OperatorCommand, RewardEventStatus>>> = {
  UnpublishRewardEvent: 'DRAFT',
  PauseRewardEvent: 'PAUSED',
  EndRewardEvent: 'ENDED',
  DeleteRewardEvent: 'DELETED',
};

const plain = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown');
/** What a request is about. @param milestone as requested */
const goal = (milestone: unknown): string => (milestone === undefined ? 'event' : `milestone at ${plain(milestone)}`);
const quoted = (value: unknown): string => `"${plain(value)}"`;
const units = (amount: unknown): string => (amount === 1 ? '1 unit was' : `${plain(amount)} units were`);
