import { knownNetworkOf, type ActiveAccount } from '../accounts/account';
import { type AccountStore } from '../accounts/account.store';
import { reject } from '../accounts/accounts.problems';
import { type Passwords } from '../accounts/passwords';
import { type FairKeyedQueue } from '../fair-queue';
import { FailedLoginStore, type FailureCounter } from './failed-logins.store';

/** An e-mail and a password from one network. */
export interface Attempt {
  readonly email: string;
  readonly password: string;
  readonly network: string;
}

/** Checks passwords and enforces the lockout, for logins and password changes. */
export class Credentials {
  constructor(
    private readonly accounts: AccountStore,
    private readonly passwords: Passwords,
    private readonly failedLogins: FailedLoginStore,
    private readonly turns: FairKeyedQueue,
  ) {}

  /**
   * Checks a password. Attempts that share a failure counter run one at a time. So guesses after the tenth are rejected without
   * hashing, and correct attempts do not conflict. While the counter is locked, attempts are rejected without queueing.
   * @param use called if the password is correct; returns null if the account's password has changed in the meantime
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
      // Another instance may have locked the counter by now. A guess after the tenth must not reveal whether it is correct.
      await this.failedLogins.assertNotLocked(counter);
      const outcome = await use(account);
      if (outcome !== null) return outcome;
    }
  }

  /** Networks from which the account has logged in have their own counter, so that other networks cannot lock out its owner. */
  private counterOf({ email, network }: Attempt, account: ActiveAccount | null): FailureCounter {
    return FailedLoginStore.counterOf(email, account && knownNetworkOf(account, network));
  }
}
