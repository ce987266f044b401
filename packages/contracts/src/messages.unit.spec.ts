import { ACCOUNT_MESSAGE } from './messages';

const accountId = '00000000-0000-4000-8000-00000000000b';
const at = '2026-11-01T00:00:00.000Z';
const actor = { accountId, roles: ['USER'] };
const login = {
  messageId: accountId,
  event: { type: 'LoggedIn', data: { loginId: accountId, accountId, at } },
  actor,
  correlationId: 'c',
};
const withData = (data: object) => ({ ...login, event: { ...login.event, data: { ...login.event.data, ...data } } });

const firstError = (message: unknown) => ACCOUNT_MESSAGE.safeParse(message).error?.issues[0]?.message;

describe('a message of auth-service', () => {
  it('keeps its known fields and drops all others', () => {
    const more = { ...login, traceparent: 't', more: 1, actor: { service: 'auth', accountId: 5 } };
    expect(ACCOUNT_MESSAGE.parse(more)).toEqual({ ...login, traceparent: 't', actor: { service: 'auth' } });
    expect(ACCOUNT_MESSAGE.parse(withData({ email: 'x', roles: ['USER'] }))).toEqual(login);
  });

  it.each<[unknown, string]>([
    [[], 'the message is not an object'],
    [{ ...login, messageId: 1, event: [] }, 'event is not an object'],
    [{ ...login, messageId: 1, event: { data: null } }, 'event.data is not an object'],
    [{ ...withData({ accountId: 1 }), messageId: 'x' }, 'messageId is not an id'],
    [{ ...withData({ accountId: 1, at: 1 }), actor: 1 }, 'accountId is not an id'],
    [withData({ at: '2026-11-01T00:00:00Z', loginId: 1 }), 'at is not a UTC time'],
    [withData({ at: '2026-02-30T00:00:00.000Z' }), 'at is not a UTC time'],
    [{ ...withData({ at: 1 }), event: { type: 'toString', data: { accountId, at } } }, 'event.type is unknown'],
    [{ ...withData({ loginId: null }), actor: null }, 'loginId is not an id'],
    [{ ...login, event: { type: 'RolesChanged', data: { accountId, at, roles: [] } } }, 'roles is not a list'],
    [{ ...login, event: { type: 'RolesChanged', data: { accountId, at, roles: ['USER', 'x'] } } }, 'unknown role'],
    [{ ...login, actor: [], correlationId: '' }, 'actor is not an object'],
    [{ ...login, actor: { ...actor, service: '' } }, 'actor.service is not a short text'],
    [{ ...login, actor: { ...actor, accountId: 'x' } }, 'actor.accountId is not an id'],
    [{ ...login, correlationId: 'c'.repeat(201), traceparent: null }, 'correlationId is not a short text'],
    [{ ...login, traceparent: '\ud800' }, 'traceparent is not a short text'],
  ])('is rejected with the outermost error: %j', (message, reason) => expect(firstError(message)).toBe(reason));
});
