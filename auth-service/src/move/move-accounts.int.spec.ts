import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentStore } from '@rewards/document-store';
import { openEmbeddedDocumentStore } from '@rewards/document-store/adapters/embedded';
import { SESSIONS } from '../sessions/session.store';
import { ADMINS } from '../accounts/admins';
import { moveAccounts, ConflictingDocument } from './move-accounts';

let directory: string;
let from: DocumentStore;
let to: DocumentStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'move-'));
  from = openEmbeddedDocumentStore({ file: join(directory, 'from.db') });
  to = openEmbeddedDocumentStore({ file: join(directory, 'to.db') });
});
afterEach(async () => {
  await Promise.all([from.close(), to.close()]);
  rmSync(directory, { recursive: true });
});

const session = (sessionId: string) => ({ sessionId, accountId: 'a', expiresAt: 1 }) as never;

describe('moveAccounts', () => {
  it('copies every document over several pages, and changes nothing when it is repeated', async () => {
    const sessions = await from.collection(SESSIONS);
    await Promise.all(Array.from({ length: 250 }, (_, index) => sessions.insert(`s${index}`, session(`s${index}`))));
    await (await from.collection(ADMINS)).insert('admins', { accountIds: ['a'] });
    const reported: number[] = [];
    expect(await moveAccounts(from, to, (documents) => reported.push(documents))).toBe(251);
    expect(reported).toEqual([100, 200, 250, 251]);
    expect(await moveAccounts(from, to)).toBe(251);
    const moved = await to.collection(SESSIONS);
    expect(await moved.count()).toBe(250);
    expect((await moved.get('s249'))?.document).toEqual(session('s249'));
    expect((await (await to.collection(ADMINS)).get('admins'))?.document).toEqual({ accountIds: ['a'] });
  });

  it('rejects a target that contains a different document', async () => {
    await (await from.collection(ADMINS)).insert('admins', { accountIds: ['a'] });
    await (await to.collection(ADMINS)).insert('admins', { accountIds: ['b'] });
    await expect(moveAccounts(from, to)).rejects.toThrow(ConflictingDocument);
  });
});
