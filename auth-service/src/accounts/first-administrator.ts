import { randomUUID } from 'node:crypto';
import { isPassword, normaliseEmail, Rejected } from '@rewards/contracts';
import { WrongSetting, type Settings } from '@rewards/service-kit';
import type { AccountStore } from './account.store';
import { RegisterAccount, type RegisterAccountHandler } from './accounts.commands';
import type { Admins } from './admins';
import { INITIAL_PASSWORD_FILE, type InitialPassword } from './initial-password';
import { OWN_SENDER } from './passwords';

const MAX_ADMINS_READ = 1_000;

/**
 * Makes the first administrator when there is none. Every step may be repeated, after a crash or by another instance at the
 * same moment.
 * @throws WrongSetting when ADMIN_EMAIL or ADMIN_PASSWORD cannot be used
 */
export const ensureAdministrator = async (
  settings: Pick<Settings, 'adminEmail' | 'adminPassword'>,
  accounts: AccountStore,
  admins: Admins,
  register: RegisterAccountHandler,
  initialPassword: InitialPassword,
): Promise<void> => {
  if (await admitAdministrators(accounts, admins)) return;
  const email = normaliseEmail(settings.adminEmail);
  const password = settings.adminPassword ?? (await initialPassword.make());
  if (!isPassword(password)) throw new WrongSetting(`DATA_DIR/${INITIAL_PASSWORD_FILE} must be 8 to 128 characters.`);
  const cause = { actor: { service: 'auth-service' }, correlationId: randomUUID() };
  try {
    const { accountId } = await register.execute(new RegisterAccount(email, password, ['ADMIN'], OWN_SENDER, cause));
    await admins.enter(accountId);
  } catch (error) {
    if (!(error instanceof Rejected && error.reason === 'EMAIL_TAKEN')) throw error;
    // Another instance was faster. Somebody who merely registered with that e-mail does not become ADMIN.
    if (!(await admitAdministrators(accounts, admins)))
      throw new WrongSetting('ADMIN_EMAIL belongs to an account that is no administrator.');
  }
};

/** @returns whether there is one; those that a crash kept out of the set are in it now */
const admitAdministrators = async (accounts: AccountStore, admins: Admins): Promise<boolean> => {
  const members = new Set(await admins.members());
  const found = await accounts.list({ role: 'ADMIN' }, MAX_ADMINS_READ, 0);
  for (const { accountId } of found) if (!members.has(accountId)) await admins.readmit(accountId);
  return found.length > 0;
};
