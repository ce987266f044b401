import type { AccountMessage, Role } from '@rewards/contracts';
import type { Cause as RequestCause } from '@rewards/service-kit/call';

/** The request that caused a message. Everything downstream of the message refers to it. */
export type Cause = Omit<RequestCause, 'traceparent'> & Partial<Pick<RequestCause, 'traceparent'>>;

interface Stamp extends Cause {
  readonly messageId: string;
  readonly at: string;
}

const message = ({ messageId, actor, correlationId, traceparent }: Stamp, event: AccountMessage['event']): AccountMessage => ({
  messageId,
  event,
  actor,
  correlationId,
  ...(traceparent && { traceparent }),
});

/** The id of the message is the id of the login. */
export const loginMessage = (accountId: string, stamp: Stamp): AccountMessage =>
  message(stamp, { type: 'LoggedIn', data: { loginId: stamp.messageId, accountId, at: stamp.at } });

export const registrationMessage = (accountId: string, roles: readonly Role[], stamp: Stamp): AccountMessage =>
  message(stamp, { type: 'AccountRegistered', data: { accountId, roles, at: stamp.at } });

export const rolesMessage = (accountId: string, roles: readonly Role[], stamp: Stamp): AccountMessage =>
  message(stamp, { type: 'RolesChanged', data: { accountId, roles, at: stamp.at } });

export const erasureMessage = (accountId: string, stamp: Stamp): AccountMessage =>
  message(stamp, { type: 'AccountErased', data: { accountId, at: stamp.at } });
