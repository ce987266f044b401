import { randomBytes, randomUUID } from 'node:crypto';
import { normaliseEmail } from '@rewards/contracts';
import type { DocumentStore } from '@rewards/document-store';
import { Clock } from '@rewards/service-kit/clock';
import { FailedLoginStore } from '../sessions/failed-logins.store';
import { withAdmin, withPassword } from './account';
import { rolesMessage } from './account-messages';
import { AccountStore } from './account.store';
import { Admins } from './admins';
import { InitialPassword } from './initial-password';
import { OWN_SENDER, Passwords } from './passwords';

/** No account has the e-mail. */
export class NoSuchAccount extends Error {
  override readonly name = 'NoSuchAccount';
}

/**
 * Restores access for a locked-out administrator. Sets a new random password, adds the role ADMIN if it is missing, ends all
 * sessions and lifts the lockout. Running services apply all of this immediately; the relay publishes a change of roles.
 * @returns the password, which is not stored in plain text
 * @throws NoSuchAccount, DocumentStoreUnavailable
 */
export const resetAdmin = async (documents: DocumentStore, dataDir: string, emailArgument: string): Promise<string> => {
  const clock = new Clock();
  const accounts = new AccountStore(documents, () => undefined);
  const email = normaliseEmail(emailArgument);
  const current = await accounts.findByEmail(email);
  const password = randomBytes(18).toString('base64url');
  const passwordHash = await new Passwords().hash(password, OWN_SENDER);
  const stamp = { actor: { service: 'admin:reset' }, correlationId: randomUUID(), messageId: randomUUID(), at: clock.iso() };
  const account =
    current &&
    (await accounts.change(current.accountId, (latest) => {
      const next = withPassword(latest, passwordHash, null);
      return next.isAdmin
        ? { ...next, leavingAdmins: null }
        : withAdmin(next, (roles) => rolesMessage(next.accountId, roles, stamp));
    }));
  if (!account)
    throw new NoSuchAccount(`No account has the e-mail ${email}. Check the e-mail and the settings DATA_DIR and MONGODB_URL.`);
  await new Admins(documents, accounts).add(account.accountId);
  await new FailedLoginStore(documents, clock).clearOf(account);
  await new InitialPassword(dataDir).removeFor(email);
  return password;
};
