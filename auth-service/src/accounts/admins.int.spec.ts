import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Role } from '@rewards/contracts';
import type { DocumentStore } from '@rewards/document-store';
import { readSettings } from '@rewards/service-kit';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { newAccount, withRoles } from './account';
import { registrationMessage, rolesMessage } from './account-messages';
import { AccountStore } from './account.store';
import { Admins } from './admins';

const at = '2026-01-31T00:00:00.000Z';
const stamp = { messageId: 'message', at, actor: { service: 'spec' }, correlationId: 'request' };
const FIRST = 'first';
const SECOND = 'second';

let dataDir: string;
let documents: DocumentStore;
let accounts: AccountStore;
let admins: Admins;

beforeEach(async () => {
  dataDir = mkdtempSync(`${tmpdir()}/admins-`);
  documents = openDocumentStore(readSettings({ DATA_DIR: dataDir }), 'accounts', 'write');
  accounts = new AccountStore(documents, () => undefined);
  admins = new Admins(documents, accounts);
  for (const accountId of [FIRST, SECOND]) {
    const roles: readonly Role[] = ['ADMIN'];
    const account = { accountId, email: `${accountId}@example.com`, passwordHash: '', roles, registeredAt: at };
    await accounts.insert(newAccount(account, registrationMessage(accountId, roles, stamp)));
  }
  await admins.add(FIRST);
});
afterEach(async () => {
  await documents.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const dismiss = (accountId: string) =>
  admins.remove(accountId, (account) => withRoles(account, ['USER'], rolesMessage(accountId, ['USER'], stamp)));

/** Runs an action just before the n-th call of a method. */
const beforeCall = <T extends object>(target: T, method: keyof T, count: number, action: () => Promise<unknown>): void => {
  const original = target[method] as (...args: unknown[]) => Promise<unknown>;
  let calls = 0;
  jest.spyOn(target, method as never).mockImplementation((async (...args: unknown[]) => {
    calls += 1;
    if (calls === count) await action();
    return original.apply(target, args);
  }) as never);
};

describe('the set of administrators', () => {
  it('does not add an account that is being dismissed', async () => {
    await admins.add(SECOND);
    beforeCall(accounts, 'change', 2, () => admins.add(SECOND));
    await dismiss(SECOND);
    expect(await admins.members()).toEqual([FIRST]);
    await expect(dismiss(FIRST)).rejects.toMatchObject({ reason: 'LAST_ADMIN' });
  });

  it('does not add an account that is dismissed after the set was read', async () => {
    beforeCall(accounts, 'get', 1, () => dismiss(SECOND));
    await admins.add(SECOND);
    expect(await admins.members()).toEqual([FIRST]);
  });

  it('does not add an account that is dismissed after the set and the account were read', async () => {
    const set = (admins as unknown as { collection: { replace: unknown; insert: unknown } }).collection;
    beforeCall(set, 'replace', 1, () => dismiss(SECOND));
    await admins.add(SECOND);
    expect(await admins.members()).toEqual([FIRST]);
    expect((await accounts.get(SECOND))?.roles).toEqual(['USER']);
  });

  it('restarts a dismissal if the account gets the role again during it', async () => {
    await admins.add(SECOND);
    beforeCall(accounts, 'change', 2, async () => {
      await accounts.change(SECOND, (account) =>
        withRoles(account, ['ADMIN', 'USER'], rolesMessage(SECOND, ['ADMIN', 'USER'], stamp)),
      );
      await admins.add(SECOND);
    });
    await dismiss(SECOND);
    expect(await admins.members()).toEqual([FIRST]);
    expect((await accounts.get(SECOND))?.isAdmin).toBe(false);
  });
});
