import type { LoginEvent, RecordedEvent, Upcast } from '@rewards/contracts';
import { judgeLogin, type CountLogin, type ExistingRewardEvent } from '@rewards/domain';
import type { CommandMetadata } from '@rewards/event-store';

/** A login to count, and the metadata of the resulting domain events. */
export interface Count {
  readonly login: CountLogin;
  readonly metadata: CommandMetadata;
}

/**
 * Reads a recorded login, once for all reward events: an incomplete login must not fail for each of them.
 * @throws TypeError if the login is incomplete
 */
export const readLogin = (recorded: RecordedEvent, upcast: Upcast): LoginEvent['data'] => {
  const { data } = upcast<LoginEvent>(recorded);
  const isComplete = [data.loginId, data.accountId].every((id) => typeof id === 'string') && !Number.isNaN(Date.parse(data.at));
  if (!isComplete) throw new TypeError(`Event ${recorded.revision} of ${recorded.stream} is not a complete login.`);
  return data;
};

/** Returns what to count for an event; null if the login does not count for it. */
export const countFor = (
  event: ExistingRewardEvent,
  login: LoginEvent['data'],
  { id, metadata }: RecordedEvent,
): Count | null => {
  const { loginId, accountId, at } = login;
  if (judgeLogin(event, at) !== 'OPEN') return null;
  const { eventId, termsVersion, condition, rewards, timeZone, dayStartsAt } = event;
  const { correlationId, traceparent } = metadata;
  return {
    login: { loginId, at, timeZone, dayStartsAt, terms: { eventId, accountId, termsVersion, condition, rewards } },
    metadata: { correlationId, causationId: id, actor: { service: 'command-service' }, at, ...(traceparent && { traceparent }) },
  };
};
