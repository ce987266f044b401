import { randomUUID } from 'node:crypto';
import { isPassword, normaliseEmail, Rejected } from '@rewards/contracts';
import { InvalidSettings, type Settings } from '@rewards/service-kit';
import type { AccountStore } from './account.store';
import { RegisterAccount, type RegisterAccountHandler } from './accounts.commands';
import type { Admins } from './admins';
import { INITIAL_PASSWORD_FILE, type InitialPassword } from './initial-password';
import { OWN_SENDER } from './passwords';

const MAX_ADMINS_READ = 1_000;

/**
 * Creates the first administrator if there is none. Every step is idempotent, after a crash and with several instances at once.
 * @throws InvalidSettings if ADMIN_EMAIL or the password file cannot be used
 */
export const ensureAdministrator = async (
  settings: Pick<Settings, 'adminEmail' | 'adminPassword'>,
  accounts: AccountStore,
  admins: Admins,
  register: RegisterAccountHandler,
  initialPassword: InitialPassword,
): Promise<void> => {
  if (await repairAdmins(accounts, admins)) return;
  const email = normaliseEmail(settings.adminEmail);
  const password = settings.adminPassword ?? (await initialPassword.readOrCreate());
  if (!isPassword(password)) throw new InvalidSettings(`DATA_DIR/${INITIAL_PASSWORD_FILE} must be 8 to 128 characters.`);
  const cause = { actor: { service: 'auth-service' }, correlationId: randomUUID() };
  try {
    const { accountId } = await register.execute(new RegisterAccount(email, password, ['ADMIN'], OWN_SENDER, cause));
    await admins.add(accountId);
  } catch (error) {
    if (!(error instanceof Rejected && error.reason === 'EMAIL_TAKEN')) throw error;
    // Another instance was first, or a player registered with this e-mail. A player does not become an administrator.
    if (!(await repairAdmins(accounts, admins)))
      throw new InvalidSettings('ADMIN_EMAIL belongs to an account without the role ADMIN. Set another ADMIN_EMAIL.');
  }
};

/** Adds administrators to the set that a crash left out. @returns whether any administrator exists */
const repairAdmins = async (accounts: AccountStore, admins: Admins): Promise<boolean> => {
  const members = new Set(await admins.members());
  const administrators = await accounts.list({ role: 'ADMIN' }, MAX_ADMINS_READ, 0);
  for (const { accountId } of administrators) if (!members.has(accountId)) await admins.repair(accountId);
  return administrators.length > 0;
};
