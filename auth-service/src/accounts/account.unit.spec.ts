import type { AccountMessage } from '@rewards/contracts';
import {
  withoutMessages,
  erased,
  nextBatch,
  normaliseRoles,
  isOutboxFull,
  isSessionValid,
  knownNetworkOf,
  withLogin,
  MAX_UNDELIVERED,
  newAccount,
  withPassword,
  withRoles,
} from './account';
import { erasureMessage, loginMessage, registrationMessage, rolesMessage } from './account-messages';

const at = '2026-01-31T00:00:00.000Z';
const stamp = (messageId: string) => ({ messageId, at, actor: { service: 'spec' }, correlationId: 'request' });
const registration = registrationMessage('a', ['USER'], stamp('registration'));
const login = (messageId: string) => loginMessage('a', stamp(messageId));
const account = newAccount(
  { accountId: 'a', email: 'a@example.com', passwordHash: 'hash', roles: ['USER'], registeredAt: at },
  registration,
);
const idsOf = (messages: readonly AccountMessage[]) => messages.map(({ messageId }) => messageId);

describe('an account', () => {
  it('has its registration in the outbox', () => {
    expect(account).toMatchObject({ status: 'active', isUser: true, isAdmin: false, sessionEpoch: 1, hasUndelivered: true });
    expect(account.undelivered).toEqual([registration]);
  });

  it('keeps its messages in order', () => {
    const network = '192.0.2.1';
    const twice = withLogin(withLogin(account, network, login('1')), network, login('2'));
    expect(idsOf(twice.undelivered)).toEqual(['registration', '1', '2']);
  });

  it('begins a new session epoch and clears a pending dismissal when its roles change', () => {
    const message = rolesMessage('a', ['AUDITOR'], stamp('roles'));
    const changed = withRoles({ ...account, leavingAdmins: 'pending' }, ['AUDITOR'], message);
    expect(changed).toMatchObject({ roles: ['AUDITOR'], isUser: false, isAuditor: true, sessionEpoch: 2, leavingAdmins: null });
    expect(idsOf(changed.undelivered)).toEqual(['registration', 'roles']);
  });

  it('stores digests of the networks of its latest logins', () => {
    const networks = Array.from({ length: 21 }, (_, index) => `192.0.2.${index}`);
    const busy = networks.reduce((current, network) => withLogin(current, network, login(network)), account);
    expect(networks.filter((network) => knownNetworkOf(busy, network) === null)).toEqual(['192.0.2.0']);
    expect(knownNetworkOf(withLogin(busy, '192.0.2.1', login('again')), '192.0.2.2')).not.toBeNull();
    expect(knownNetworkOf(account, '192.0.2.1')).toBeNull();
    expect(JSON.stringify(busy.knownNetworks)).not.toContain('192.0.2');
  });

  it('keeps the session that changes the password, even repeatedly, until the roles change', () => {
    const kept = { sessionId: 'kept', epoch: 1 };
    const other = { sessionId: 'other', epoch: 1 };
    const once = withPassword(account, 'new hash', kept);
    expect([once.passwordHash, isSessionValid(once, kept), isSessionValid(once, other)]).toEqual(['new hash', true, false]);
    const twice = withPassword(once, 'newer hash', kept);
    expect([isSessionValid(twice, kept), isSessionValid(twice, other)]).toEqual([true, false]);
    // A session that has ended does not become valid again by changing the password.
    expect(isSessionValid(withPassword(once, 'newer hash', other), other)).toBe(false);
    expect(isSessionValid(withPassword(once, 'newer hash', null), kept)).toBe(false);
    expect(isSessionValid(withRoles(twice, ['USER'], registration), kept)).toBe(false);
  });

  it('keeps its outbox but no personal data when it is erased', () => {
    const remains = erased(withLogin(account, '192.0.2.1', login('1')), erasureMessage('a', stamp('erasure')));
    expect(Object.keys(remains).sort()).toEqual(
      [
        'accountId',
        'email',
        'hasUndelivered',
        'isAdmin',
        'isAuditor',
        'isOperator',
        'isUser',
        'registeredAt',
        'status',
        'undelivered',
      ].sort(),
    );
    expect(JSON.stringify(remains)).not.toMatch(/example|hash/);
    expect(idsOf(remains.undelivered)).toEqual(['registration', '1', 'erasure']);
  });

  it('removes acknowledged messages from its outbox by id', () => {
    const busy = withLogin(withLogin(account, '192.0.2.1', login('1')), '192.0.2.1', login('2'));
    const rest = withoutMessages(busy, new Set(['registration', '2', 'unknown']));
    expect([idsOf(rest.undelivered), rest.hasUndelivered]).toEqual([['1'], true]);
    expect(withoutMessages(rest, new Set(['1'])).hasUndelivered).toBe(false);
  });

  it('has a full outbox at the maximum number of messages', () => {
    const withMessages = (count: number) => ({ ...account, undelivered: Array<AccountMessage>(count).fill(login('1')) });
    expect(isOutboxFull(withMessages(MAX_UNDELIVERED - 1))).toBe(false);
    expect(isOutboxFull(withMessages(MAX_UNDELIVERED))).toBe(true);
  });

  it('has each role once, in a fixed order', () => {
    expect(normaliseRoles(['ADMIN', 'USER', 'ADMIN', 'AUDITOR'])).toEqual(['USER', 'AUDITOR', 'ADMIN']);
  });
});

describe('nextBatch', () => {
  const undelivered = [registration, login('1'), login('2'), rolesMessage('a', ['USER'], stamp('roles')), login('3')];

  it('returns messages of one topic', () => {
    expect(idsOf(nextBatch(undelivered, 10))).toEqual(['registration']);
    expect(idsOf(nextBatch(undelivered.slice(1), 10))).toEqual(['1', '2']);
    expect(idsOf(nextBatch(undelivered.slice(4), 10))).toEqual(['3']);
    expect(nextBatch([], 10)).toEqual([]);
  });

  it('returns at most the given number of messages', () => expect(idsOf(nextBatch(undelivered.slice(1), 1))).toEqual(['1']));
});
