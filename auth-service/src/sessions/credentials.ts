import { knownNetworkOf, type ActiveAccount } from '../accounts/account';
import { type AccountStore } from '../accounts/account.store';
import { reject } from '../accounts/accounts.problems';
import { type Passwords } from '../accounts/passwords';
import { type FairKeyedQueue } from '../fair-queue';
import { FailedLoginStore, type FailureCounter } from './failed-logins.store';

/** An e-mail and a password, and the network that they come from. */
export interface Attempt {
  readonly email: string;
  readonly password: string;
  readonly network: string;
}

/** Checks passwords within the lockout, for logins and for whatever else asks for the password. */
export class Credentials {
  constructor(
    private readonly accounts: AccountStore,
    private readonly passwords: Passwords,
    private readonly failedLogins: FailedLoginStore,
    private readonly turns: FairKeyedQueue,
  ) {}

  /**
   * Attempts that share a failure counter take turns: guesses beyond the tenth are refused unhashed, and honest attempts do not
   * race each other. While the counter is locked, nobody waits for a turn.
   * @param use what the password allows; null: it is no longer the account's password
   * @throws Rejected BAD_CREDENTIALS, ACCOUNT_LOCKED; QueueFull
   */
  async check<T>(attempt: Attempt, use: (account: ActiveAccount) => Promise<T | null>): Promise<T> {
    const counter = this.counterOf(attempt, await this.accounts.findByEmail(attempt.email));
    await this.failedLogins.assertNotLocked(counter);
    return this.turns.run(counter.id, attempt.network, () => this.checkInTurn(attempt, counter, use));
  }

  private async checkInTurn<T>(
    { email, password, network }: Attempt,
    counter: FailureCounter,
    use: (account: ActiveAccount) => Promise<T | null>,
  ): Promise<T> {
    await this.failedLogins.assertNotLocked(counter);
    for (;;) {
      const account = await this.accounts.findByEmail(email);
      const isRight = await this.passwords.verify(password, account?.passwordHash ?? null, network);
      if (!account || !isRight) {
        await this.failedLogins.count(counter);
        return reject('BAD_CREDENTIALS');
      }
      // Another instance may have locked it meanwhile: more than ten guesses tell nothing.
      await this.failedLogins.assertNotLocked(counter);
      const outcome = await use(account);
      if (outcome !== null) return outcome;
    }
  }

  /** Attempts from a network where the account has logged in count on their own, so nobody elsewhere can lock its owner out. */
  private counterOf({ email, network }: Attempt, account: ActiveAccount | null): FailureCounter {
    return FailedLoginStore.counterOf(email, account && knownNetworkOf(account, network));
  }
}
