import { cloudEventHeaders } from './cloud-events';
import { ACCOUNT_MESSAGE, toBusMessage, type AccountMessage } from './messages';

const accountId = '00000000-0000-4000-8000-00000000000a';
const loginId = '00000000-0000-4000-8000-00000000000b';
const at = '2026-03-01T10:00:00.000Z';
const event = { id: loginId, source: '/games/1', type: 'LoggedIn', time: at };

it('the headers of a CloudEvent in the binary content mode', () => {
  expect(cloudEventHeaders({ ...event, subject: accountId })).toEqual({
    ce_specversion: '1.0',
    ce_id: loginId,
    ce_source: '/games/1',
    ce_type: 'LoggedIn',
    ce_time: at,
    ce_subject: accountId,
    'content-type': 'application/json',
  });
});

it('an attribute without a value has no header', () => {
  expect(cloudEventHeaders(event)).not.toHaveProperty('ce_subject');
});

it('a message of auth-service is a CloudEvent about its account, keyed by it', () => {
  const message: AccountMessage = {
    messageId: loginId,
    event: { type: 'AccountErased', data: { accountId, at } },
    actor: { accountId, roles: ['ADMIN'] },
    correlationId: 'c',
  };
  const { key, value, headers } = toBusMessage(message);
  expect([key, ACCOUNT_MESSAGE.parse(JSON.parse(value))]).toEqual([accountId, message]);
  const attributes = { id: loginId, source: '/login-rewards/auth-service', type: 'AccountErased', time: at, subject: accountId };
  expect(headers).toEqual(cloudEventHeaders(attributes));
});
