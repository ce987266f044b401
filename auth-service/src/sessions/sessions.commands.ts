import { randomUUID } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { isOutboxFull, isSessionValid, withLogin, withPassword, type ActiveAccount } from '../accounts/account';
import { loginMessage, type Cause } from '../accounts/account-messages';
import { AccountStore } from '../accounts/account.store';
import { reject } from '../accounts/accounts.problems';
import { InitialPassword } from '../accounts/initial-password';
import { Passwords } from '../accounts/passwords';
import { Clock } from '@rewards/service-kit/clock';
import { AccessTokens } from './access-tokens';
import { Credentials, type Attempt } from './credentials';
import { RefreshGrace } from './refresh-grace';
import {
  isIssuedBy,
  classifyToken,
  parseRefreshToken,
  reproduceToken,
  rotateSession,
  secondsLeft,
  startSession,
  type RefreshToken,
  type Session,
} from './session';
import { SessionStore } from './session.store';

export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Whole seconds until the refresh token expires. */
  readonly sessionSeconds: number;
}

export interface LoginTokens extends TokenPair {
  readonly loginId: string;
}

export class LogIn extends Command<LoginTokens> {
  constructor(
    readonly attempt: Attempt,
    readonly cause: Omit<Cause, 'actor'>,
  ) {
    super();
  }
}

@CommandHandler(LogIn)
export class LogInHandler implements ICommandHandler<LogIn> {
  constructor(
    private readonly accounts: AccountStore,
    private readonly credentials: Credentials,
    private readonly sessions: SessionStore,
    private readonly tokens: AccessTokens,
    private readonly clock: Clock,
  ) {}

  execute({ attempt, cause }: LogIn): Promise<LoginTokens> {
    return this.credentials.check(attempt, (account) => this.record(account, attempt.network, cause));
  }

  /** @returns null if the account's password has changed since it was checked */
  private async record(verified: ActiveAccount, network: string, cause: Omit<Cause, 'actor'>): Promise<LoginTokens | null> {
    const loginId = randomUUID();
    const at = this.clock.iso();
    const account = await this.accounts.change(verified.accountId, (current) => {
      if (current.passwordHash !== verified.passwordHash) return null;
      if (isOutboxFull(current)) return reject('OUTBOX_FULL');
      const actor = { accountId: current.accountId, roles: current.roles };
      return withLogin(current, network, loginMessage(current.accountId, { ...cause, actor, messageId: loginId, at }));
    });
    if (!account) return null;
    const now = this.clock.now();
    const { session, refreshToken } = startSession(account.accountId, account.sessionEpoch, now);
    await this.sessions.insert(session);
    const accessToken = await this.tokens.issue(account, session);
    return { accessToken, refreshToken, sessionSeconds: secondsLeft(session, now), loginId };
  }
}

export class RefreshSession extends Command<TokenPair> {
  constructor(readonly refreshToken: string) {
    super();
  }
}

@CommandHandler(RefreshSession)
export class RefreshSessionHandler implements ICommandHandler<RefreshSession> {
  constructor(
    private readonly accounts: AccountStore,
    private readonly sessions: SessionStore,
    private readonly tokens: AccessTokens,
    private readonly grace: RefreshGrace,
    private readonly clock: Clock,
  ) {}

  async execute({ refreshToken }: RefreshSession): Promise<TokenPair> {
    const presented = parseRefreshToken(refreshToken);
    if (!presented) return reject('BAD_TOKEN');
    return this.grace.withTimeout(this.refresh(presented));
  }

  private async refresh(presented: RefreshToken): Promise<TokenPair> {
    for (;;) {
      const stored = await this.sessions.get(presented.sessionId);
      const verdict = stored ? classifyToken(stored.document, presented, this.clock.now(), this.grace.ms) : 'unknown';
      if (!stored || verdict === 'unknown') return reject('BAD_TOKEN');
      if (verdict === 'reused') {
        await this.sessions.end(stored.id);
        return reject('TOKEN_REUSED');
      }
      const account = await this.accounts.get(stored.document.accountId);
      if (!account || !isSessionValid(account, stored.document)) {
        await this.sessions.end(stored.id);
        return reject('BAD_TOKEN');
      }
      // Read the clock again, so that the time spent before the write does not shorten the grace.
      const now = this.clock.now();
      if (verdict === 'previous') return this.tokensOf(account, stored.document, reproduceToken(stored.document, presented), now);
      const next = rotateSession(stored.document, presented, now);
      // If another refresh replaces the session first, this token becomes the previous one. Classify it again.
      if (await this.sessions.replace(stored, next.session)) return this.tokensOf(account, next.session, next.refreshToken, now);
    }
  }

  private async tokensOf(account: ActiveAccount, session: Session, refreshToken: string, now: number): Promise<TokenPair> {
    const accessToken = await this.tokens.issue(account, session);
    return { accessToken, refreshToken, sessionSeconds: secondsLeft(session, now) };
  }
}

export class LogOut extends Command<void> {
  constructor(readonly refreshToken: string) {
    super();
  }
}

@CommandHandler(LogOut)
export class LogOutHandler implements ICommandHandler<LogOut> {
  constructor(private readonly sessions: SessionStore) {}

  /** Ends the session of any token that it issued, current or old. Does nothing if the session has already ended. */
  async execute({ refreshToken }: LogOut): Promise<void> {
    const presented = parseRefreshToken(refreshToken);
    const stored = presented && (await this.sessions.get(presented.sessionId));
    if (stored && isIssuedBy(stored.document, presented)) await this.sessions.end(stored.id);
  }
}

export class ChangePassword extends Command<void> {
  constructor(
    /** The caller's e-mail and current password. */
    readonly attempt: Attempt,
    readonly newPassword: string,
    /** The id of the caller's access token. */
    readonly tokenId: string,
  ) {
    super();
  }
}

@CommandHandler(ChangePassword)
export class ChangePasswordHandler implements ICommandHandler<ChangePassword> {
  constructor(
    private readonly accounts: AccountStore,
    private readonly passwords: Passwords,
    private readonly credentials: Credentials,
    private readonly sessions: SessionStore,
    private readonly initialPassword: InitialPassword,
  ) {}

  /** Changes the password and ends all other sessions. The caller's session is found by the id of the access token. */
  async execute({ attempt, newPassword, tokenId }: ChangePassword): Promise<void> {
    await this.credentials.check(attempt, async (verified) => {
      const session = await this.sessions.findByTokenId(verified.accountId, tokenId);
      const passwordHash = await this.passwords.hash(newPassword, attempt.network);
      return this.accounts.change(verified.accountId, (current) =>
        current.passwordHash === verified.passwordHash ? withPassword(current, passwordHash, session) : null,
      );
    });
    await this.initialPassword.removeFor(attempt.email);
  }
}
