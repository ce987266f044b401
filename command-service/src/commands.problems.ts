import type { OperatorCommand, Reason } from '@rewards/contracts';
import { common, INVALID_FIELDS, tooMany, type RejectionTable } from '@rewards/service-kit/rejections';

/** Why this service rejects a request: a rule of the domain, or a state of the service itself. */
export type CommandReason = Reason | 'READING_LOG' | 'LOG_REPLACED' | 'TOO_MANY_REJECTIONS';

/** HTTP is a total table over the reasons: forgetting a row does not compile. */
export const COMMAND_REJECTIONS = {
  NO_SUCH_EVENT: {
    title: 'There is no such event',
    code: 'NOT_FOUND',
    explain: () => 'No event has the id in this path, or this account cannot see it.',
  },
  REQUEST_ID_REUSED: {
    title: 'The requestId was used for another request',
    explain: ({ requestId }) =>
      `${requestId === undefined ? 'This requestId' : `The requestId ${quoted(requestId)}`} belongs to an earlier request ` +
      'with a different body. Send a new requestId for a new request.',
  },
  EVENT_NOT_OPEN: {
    title: 'The event is not open now',
    explain: ({ state }) => `The event is ${plain(state)}. Rewards can be claimed while it is ACTIVE or ENDED.`,
  },
  CLAIMS_CLOSED: {
    title: 'The time for claims is over',
    explain: ({ claimsUntil }) => `Claims were accepted until ${plain(claimsUntil)}.`,
  },
  NOT_COMPLETED: {
    title: 'The event is not completed yet',
    explain: ({ progress, required }) =>
      Number(progress) < Number(required)
        ? `${plain(progress)} of ${plain(required)} count so far, so the event cannot be completed yet.`
        : 'The condition is met. Complete the event with POST /events/{eventId}/completion, then claim.',
  },
  CONDITION_NOT_MET: {
    title: 'The condition is not met yet',
    explain: ({ progress, required }) => `${plain(progress)} of ${plain(required)} count so far.`,
  },
  NO_SUCH_REWARD: {
    title: 'The event promises no such reward',
    explain: ({ rewardName }) => `No reward that applies here is named ${quoted(rewardName)}.`,
  },
  INSUFFICIENT_REMAINING: {
    title: 'Less remains than was asked for',
    explain: ({ requested, remaining, rewardName }) =>
      requested === 'all'
        ? `All of ${quoted(rewardName)} has been claimed already.`
        : `${units(requested)} requested but ${remaining === 0 ? 'none remain' : `only ${plain(remaining)} ${remaining === 1 ? 'remains' : 'remain'}`}.`,
  },
  WRONG_STATE: {
    title: 'Not possible in the state of the event',
    explain: ({ state, fields, endsAt, command }) => {
      if (Array.isArray(fields)) return `The event is ${plain(state)}, so ${fields.join(', ')} cannot be changed any more.`;
      if (endsAt !== undefined) return `The event ended at ${plain(endsAt)}. Set a later endsAt before you publish it.`;
      return `The event is ${plain(state)}, so it cannot ${ACTIONS[command as OperatorCommand] ?? 'be changed'}.`;
    },
  },
  INVALID_FIELDS,
  STALE_REVISION: {
    title: 'Somebody else changed it meanwhile',
    explain: ({ revision }) =>
      `If-Match does not name "${plain(revision)}", the current revision of the event. Read the event again and repeat the change.`,
  },
  NO_REWARDS: {
    title: 'The event has no rewards',
    explain: () => 'Add at least one reward before you publish this event.',
  },
  REWARD_EXISTS: {
    title: 'The event has a reward of this name',
    explain: ({ rewardName }) =>
      `A reward named ${quoted(rewardName)} exists already. Change its amount, or choose another name.`,
  },
  TOO_MANY_REWARDS: {
    title: 'The event has as many rewards as it can',
    explain: ({ limit }) => `The event already has ${plain(limit)} rewards. Withdraw one before you add another.`,
  },
  NO_SUCH_DEAD_LETTER: {
    title: 'There is no such dead letter',
    code: 'NOT_FOUND',
    explain: () => 'No dead letter has the id in this path.',
  },
  ALREADY_HANDLED: {
    title: 'The dead letter was redriven or discarded already',
    explain: ({ state }) => `The dead letter is ${plain(state)}. Only an OPEN one can be redriven or discarded.`,
  },
  MESSAGE_CUT: {
    title: 'The message was not stored completely',
    explain: () => 'Only the beginning of this message was stored, so it cannot be published again. Discard the dead letter.',
  },
  READING_LOG: common('UNAVAILABLE', () => 'The service is still reading the reward events from the log. Retry shortly.'),
  LOG_REPLACED: common(
    'UNAVAILABLE',
    () => 'The event store was replaced or restored while this process ran. Restart command-service.',
  ),
  TOO_MANY_REJECTIONS: tooMany('Too many requests of this account were rejected. The last one was not recorded.'),
} satisfies RejectionTable<CommandReason>;

/** What a command does to an event, after "it cannot". */
const ACTIONS: Readonly<Record<OperatorCommand, string>> = {
  CreateRewardEvent: 'be created',
  CloneRewardEvent: 'be cloned',
  ChangeRewardEvent: 'be changed',
  AddReward: 'be given another reward',
  ChangeReward: 'have its rewards changed',
  WithdrawReward: 'have its rewards withdrawn',
  PublishRewardEvent: 'be published',
  PauseRewardEvent: 'be paused',
  ResumeRewardEvent: 'be resumed',
  EndRewardEvent: 'be ended',
  DeleteRewardEvent: 'be deleted',
  RestoreRewardEvent: 'be restored',
};

const plain = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : 'unknown');
const quoted = (value: unknown): string => `"${plain(value)}"`;
const units = (amount: unknown): string => (amount === 1 ? '1 unit was' : `${plain(amount)} units were`);
