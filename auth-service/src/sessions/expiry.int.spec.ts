import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentStore } from '@rewards/document-store';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { readSettings } from '@rewards/service-kit';
import { ErasedAccountStore } from '../accounts/erased-accounts.store';
import { Clock } from '@rewards/service-kit/clock';
import { FailedLoginStore } from './failed-logins.store';
import { LOCK_WINDOW_MS } from './lockout';
import { IDLE_LIFETIME_MS, startSession } from './session';
import { SessionStore } from './session.store';

const dataDir = mkdtempSync(join(tmpdir(), 'expiry-'));
let documents: DocumentStore;
beforeAll(() => (documents = openDocumentStore(readSettings({ DATA_DIR: dataDir }), 'accounts', 'write')));
afterAll(async () => {
  await documents.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('removeExpired', () => {
  it('removes expired sessions, at most the given number at a time', async () => {
    const store = new SessionStore(documents);
    const old = [0, 0, 0].map(() => startSession('account', 1, 0).session);
    const { session: young } = startSession('account', 1, 1);
    for (const session of [...old, young]) await store.insert(session);
    expect(await store.removeExpired(IDLE_LIFETIME_MS, 2)).toBe(2);
    expect(await store.removeExpired(IDLE_LIFETIME_MS, 2)).toBe(1);
    expect(await store.removeExpired(IDLE_LIFETIME_MS, 2)).toBe(0);
    expect(await store.get(young.sessionId)).not.toBeNull();
  });

  it('removes failed logins that can no longer contribute to a lock', async () => {
    let now = 0;
    const store = new FailedLoginStore(documents, new Clock(() => now));
    await store.count(FailedLoginStore.counterOf('a@example.com', null));
    now = 1;
    await store.count(FailedLoginStore.counterOf('b@example.com', null));
    now = LOCK_WINDOW_MS;
    expect(await store.removeExpired(10)).toBe(1);
    now += 1;
    expect(await store.removeExpired(10)).toBe(1);
  });

  it('removes erased accounts after their last possible access token has expired', async () => {
    let now = 0;
    const store = new ErasedAccountStore(documents, new Clock(() => now));
    await store.add('one');
    await store.add('one');
    now = 15 * 60_000;
    expect(await store.removeExpired(10)).toBe(0);
    expect(await store.list()).toEqual(['one']);
    now = 20 * 60_000;
    expect(await store.removeExpired(10)).toBe(1);
    expect(await store.list()).toEqual([]);
  });
});
