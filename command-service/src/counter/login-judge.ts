import type { LoginEvent, RecordedEvent } from '@rewards/contracts';
import { judgeLogin, type ExistingRewardEvent } from '@rewards/domain';
import { CountLogin } from '../participation/participation.commands';

/** What is to be counted for an event of a recorded login; null when the login does not count for it. */
export const countFor = (
  event: ExistingRewardEvent,
  login: LoginEvent['data'],
  { id, metadata }: RecordedEvent,
): CountLogin | null => {
  const { loginId, accountId, at } = login;
  if (judgeLogin(event, at) !== 'OPEN') return null;
  const { eventId, termsVersion, condition, rewards, timeZone, dayStartsAt } = event;
  const { correlationId, traceparent } = metadata;
  return new CountLogin(
    { loginId, at, timeZone, dayStartsAt, terms: { eventId, accountId, termsVersion, condition, rewards } },
    { correlationId, causationId: id, actor: { service: 'command-service' }, at, ...(traceparent && { traceparent }) },
  );
};
