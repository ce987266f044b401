import { randomBytes } from 'node:crypto';
import { chmod, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createPrivateFile } from '../create-file';
import type { ActiveAccount } from './account';
import type { AccountStore } from './account.store';
import { OWN_SENDER, type Passwords } from './passwords';

/** Contains the random password of the first administrator. It exists while that password is valid. */
export const INITIAL_PASSWORD_FILE = 'initial-admin-password';
/** Contains the e-mail of the account with that password. `ADMIN_EMAIL` may have changed since. */
const FIRST_ADMIN_EMAIL_FILE = 'first-admin-email';

/** How many of the oldest administrators to try. The first administrator is the oldest, unless it has lost the role since. */
const OLDEST_ADMINS = 5;

export class InitialPassword {
  private readonly passwordFile: string;
  private readonly emailFile: string;

  constructor(dataDir: string) {
    this.passwordFile = join(dataDir, INITIAL_PASSWORD_FILE);
    this.emailFile = join(dataDir, FIRST_ADMIN_EMAIL_FILE);
  }

  /** Returns the password in the file, and creates the file if it is missing. */
  async readOrCreate(): Promise<string> {
    await createPrivateFile(this.passwordFile, `${randomBytes(18).toString('base64url')}\n`);
    return (await contentOf(this.passwordFile)) ?? '';
  }

  /** Removes the password file if it belongs to this account. */
  async removeFor(email: string): Promise<void> {
    if ((await contentOf(this.emailFile)) !== email) return;
    await rm(this.passwordFile, { force: true });
    await rm(this.emailFile, { force: true });
  }

  /**
   * Records at startup which account has the password. Removes a password that belongs to no account, because it was changed or
   * never used.
   */
  async reconcile(accounts: AccountStore, passwords: Passwords): Promise<void> {
    const password = await contentOf(this.passwordFile);
    if (password === null) return rm(this.emailFile, { force: true });
    await chmod(this.passwordFile, 0o600);
    const email = await contentOf(this.emailFile);
    for (const account of await this.candidates(accounts, email)) {
      if (!(await passwords.verify(password, account.passwordHash, OWN_SENDER))) continue;
      if (account.email === email) return;
      await rm(this.emailFile, { force: true });
      await createPrivateFile(this.emailFile, `${account.email}\n`);
      return;
    }
    await rm(this.passwordFile, { force: true });
    await rm(this.emailFile, { force: true });
  }

  private async candidates(accounts: AccountStore, email: string | null): Promise<readonly ActiveAccount[]> {
    const owner = email === null ? null : await accounts.findByEmail(email);
    if (owner) return [owner];
    const admins = { role: 'ADMIN' } as const;
    const count = await accounts.count(admins);
    return accounts.list(admins, OLDEST_ADMINS, Math.max(0, count - OLDEST_ADMINS));
  }
}

/** @returns null if the file does not exist */
const contentOf = async (path: string): Promise<string | null> => {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
};
