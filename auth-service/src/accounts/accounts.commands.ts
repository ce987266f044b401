import { randomUUID } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Role } from '@rewards/contracts';
import { Clock } from '@rewards/service-kit/clock';
import { FairKeyedQueue } from '../fair-queue';
import { CONFLICT, retryOnConflict } from '../retry-on-conflict';
import { erased, normaliseRoles, newAccount, withRoles, type AccountDocument, type ActiveAccount } from './account';
import { AccountDirectory } from './account-directory';
import { erasureMessage, registrationMessage, rolesMessage, type Cause } from './account-messages';
import { AccountStore } from './account.store';
import { reject } from './accounts.problems';
import { Admins } from './admins';
import { Erasure } from './erasure';
import { InitialPassword } from './initial-password';
import { Passwords } from './passwords';

export class RegisterAccount extends Command<ActiveAccount> {
  constructor(
    readonly email: string,
    readonly password: string,
    readonly roles: readonly Role[],
    /** The client's network. */
    readonly network: string,
    /** Without an actor, the new account is the actor. */
    readonly cause: Omit<Cause, 'actor'> & Partial<Pick<Cause, 'actor'>>,
  ) {
    super();
  }
}

@CommandHandler(RegisterAccount)
export class RegisterAccountHandler implements ICommandHandler<RegisterAccount> {
  constructor(
    private readonly accounts: AccountStore,
    private readonly directory: AccountDirectory,
    private readonly passwords: Passwords,
    private readonly turns: FairKeyedQueue,
    private readonly clock: Clock,
  ) {}

  /**
   * Registers an account. Registrations of one e-mail run one at a time, so that fifty concurrent ones hash one password. The
   * unique index rejects duplicates across instances.
   */
  execute(command: RegisterAccount): Promise<ActiveAccount> {
    return this.turns.run(command.email, command.network, () => this.register(command));
  }

  private async register({ email, password, roles, network, cause }: RegisterAccount): Promise<ActiveAccount> {
    if (await this.accounts.findByEmail(email)) return reject('EMAIL_TAKEN');
    const passwordHash = await this.passwords.hash(password, network);
    const accountId = randomUUID();
    const at = this.clock.iso();
    const actor = cause.actor ?? { accountId, roles };
    const account = newAccount(
      { accountId, email, passwordHash, roles, registeredAt: at },
      registrationMessage(accountId, roles, { ...cause, actor, messageId: randomUUID(), at }),
    );
    if (!(await this.accounts.insert(account))) return reject('EMAIL_TAKEN');
    await this.directory.insert(accountId, email);
    return account;
  }
}

export class ChangeRoles extends Command<ActiveAccount> {
  constructor(
    readonly accountId: string,
    readonly roles: readonly Role[],
    readonly cause: Cause,
  ) {
    super();
  }
}

@CommandHandler(ChangeRoles)
export class ChangeRolesHandler implements ICommandHandler<ChangeRoles> {
  constructor(
    private readonly accounts: AccountStore,
    private readonly admins: Admins,
    private readonly clock: Clock,
  ) {}

  async execute({ accountId, roles: requested, cause }: ChangeRoles): Promise<ActiveAccount> {
    const roles = normaliseRoles(requested);
    const message = rolesMessage(accountId, roles, { ...cause, messageId: randomUUID(), at: this.clock.iso() });
    const change = (account: ActiveAccount) => withRoles(account, roles, message);
    const keepsAdmin = roles.includes('ADMIN');
    const changed = await (keepsAdmin
      ? this.accounts.change(accountId, change)
      : changeToNoAdmin(this.accounts, this.admins, accountId, change));
    if (!changed) return reject('NO_SUCH_ACCOUNT', { accountId });
    if (keepsAdmin) await this.admins.add(accountId);
    return changed;
  }
}

export class EraseAccount extends Command<void> {
  constructor(
    readonly accountId: string,
    readonly cause: Cause,
  ) {
    super();
  }
}

@CommandHandler(EraseAccount)
export class EraseAccountHandler implements ICommandHandler<EraseAccount> {
  constructor(
    private readonly accounts: AccountStore,
    private readonly admins: Admins,
    private readonly erasure: Erasure,
    private readonly initialPassword: InitialPassword,
    private readonly clock: Clock,
  ) {}

  /** Erases an account. A repeated call completes an erasure that was interrupted. */
  async execute({ accountId, cause }: EraseAccount): Promise<void> {
    const message = erasureMessage(accountId, { ...cause, messageId: randomUUID(), at: this.clock.iso() });
    const { email = null } = (await this.accounts.get(accountId)) ?? {};
    const changed = await changeToNoAdmin(this.accounts, this.admins, accountId, (account) => erased(account, message));
    if (!changed && !(await this.erasure.hasBegun(accountId))) return reject('NO_SUCH_ACCOUNT', { accountId });
    if (email !== null) await this.initialPassword.removeFor(email);
    await this.erasure.complete(accountId);
  }
}

/**
 * Applies a change that leaves the account without the role ADMIN. Removes an administrator from the set first.
 * @returns null if there is no active account
 */
const changeToNoAdmin = <Next extends AccountDocument>(
  accounts: AccountStore,
  admins: Admins,
  accountId: string,
  change: (account: ActiveAccount) => Next,
): Promise<Next | null> =>
  retryOnConflict(async () => {
    const account = await accounts.get(accountId);
    if (!account) return null;
    const changed = account.isAdmin
      ? await admins.remove(accountId, change)
      : await accounts.change(accountId, (current) => (current.isAdmin ? null : change(current)));
    return changed ?? CONFLICT;
  });
