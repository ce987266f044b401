import { randomBytes } from 'node:crypto';
import { chmod, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createPrivateFile } from '../create-file';
import type { ActiveAccount } from './account';
import type { AccountStore } from './account.store';
import { OWN_SENDER, type Passwords } from './passwords';

/** The random password of the first administrator. It is there for as long as it opens that account. */
export const INITIAL_PASSWORD_FILE = 'initial-admin-password';
/** Whose password that is; `ADMIN_EMAIL` may be another one by now. */
export const FIRST_ADMIN_EMAIL_FILE = 'first-admin-email';

/** The first administrator is the oldest one, unless it has lost the role since. */
const OLDEST_ADMINS = 5;

export class InitialPassword {
  private readonly passwordFile: string;
  private readonly emailFile: string;

  constructor(dataDir: string) {
    this.passwordFile = join(dataDir, INITIAL_PASSWORD_FILE);
    this.emailFile = join(dataDir, FIRST_ADMIN_EMAIL_FILE);
  }

  /** The password in the file, which is made when it is missing. */
  async make(): Promise<string> {
    await createPrivateFile(this.passwordFile, `${randomBytes(18).toString('base64url')}\n`);
    return (await contentOf(this.passwordFile)) ?? '';
  }

  /** Removes the password if it is, or was, that of this account. */
  async forgetOf(email: string): Promise<void> {
    if ((await contentOf(this.emailFile)) !== email) return;
    await rm(this.passwordFile, { force: true });
    await rm(this.emailFile, { force: true });
  }

  /** At start: notes whose password it is, or removes one that opens no account, because it was changed or never used. */
  async review(accounts: AccountStore, passwords: Passwords): Promise<void> {
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
    const known = email === null ? null : await accounts.findByEmail(email);
    if (known) return [known];
    const admins = { role: 'ADMIN' } as const;
    const count = await accounts.count(admins);
    return accounts.list(admins, OLDEST_ADMINS, Math.max(0, count - OLDEST_ADMINS));
  }
}

/** @returns null when there is no such file */
const contentOf = async (path: string): Promise<string | null> => {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
};
