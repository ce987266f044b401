import type { DynamicModule, Type } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type { DocumentStore } from '@rewards/document-store';
import type { MessageBus } from '@rewards/message-bus';
import { AccessTokenVerifier, unauthenticated, type Logger, type Settings } from '@rewards/service-kit';
import { describeEngines, openDocumentStore, openMessageBus } from '@rewards/service-kit/engines';
import { engineFailure, Failures } from '@rewards/service-kit/failures';
import type { Identify } from '@rewards/service-kit/access';
import { ERASED_ACCOUNTS_PATH } from '@rewards/service-kit/access-token-erasures';
import { createHttpService, type HttpService } from '@rewards/service-kit/http-service';
import { retry } from '@rewards/service-kit/retry';
import { Metrics } from '@rewards/service-kit/metrics';
import { AccountDirectory } from './accounts/account-directory';
import { AccountStore } from './accounts/account.store';
import { ChangeRolesHandler, EraseAccountHandler, RegisterAccountHandler } from './accounts/accounts.commands';
import { AccountsController } from './accounts/accounts.controller';
import { ACCOUNT_REJECTIONS } from './accounts/accounts.problems';
import { ListAccountsHandler } from './accounts/accounts.queries';
import { Admins } from './accounts/admins';
import { ErasedAccountStore } from './accounts/erased-accounts.store';
import { Erasure } from './accounts/erasure';
import { ensureAdministrator } from './accounts/first-administrator';
import { InitialPassword } from './accounts/initial-password';
import { Passwords, type PasswordCost } from './accounts/passwords';
import { Clock } from '@rewards/service-kit/clock';
import { FairKeyedQueue } from './fair-queue';
import { runPeriodically } from './periodic';
import { Relay } from './relay/relay';
import { AccessTokens } from './sessions/access-tokens';
import { Credentials } from './sessions/credentials';
import { FailedLoginStore } from './sessions/failed-logins.store';
import { RefreshGrace } from './sessions/refresh-grace';
import { SessionStore } from './sessions/session.store';
import { ChangePasswordHandler, LogInHandler, LogOutHandler, RefreshSessionHandler } from './sessions/sessions.commands';
import { SessionsController } from './sessions/sessions.controller';
import { keyDirectory, SigningKeys } from './sessions/signing-keys';

/** Parts that tests replace. */
export interface AuthServiceOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly passwordCost?: PasswordCost;
  readonly documents?: DocumentStore;
  readonly bus?: MessageBus;
}

export interface AuthService {
  readonly app: HttpService;
  /** Stops accepting requests, then stops the relay, then closes the engines. */
  close(): Promise<void>;
}

/** Pending login attempts of one failure counter, or pending registrations of one e-mail. */
const MAX_WAITING_PER_KEY = 100;
const FIRST_ADMINISTRATOR = 'creating the first administrator';
const KEY_RELOAD_MS = 10_000;
const CLEANUP_MS = 60_000;
const CLEANUP_PAGE = 500;

interface Engines {
  readonly documents: DocumentStore;
  readonly bus: MessageBus;
}

/**
 * Creates auth-service and opens its engines. The caller starts listening.
 * @throws InvalidSettings if the first administrator cannot be created
 */
export const createAuthService = async (
  settings: Settings,
  logger: Logger,
  options: AuthServiceOptions = {},
): Promise<AuthService> => {
  const engines: Engines = {
    documents: options.documents ?? openDocumentStore(settings, 'accounts', 'write'),
    bus: options.bus ?? openMessageBus(settings),
  };
  try {
    return await build(settings, logger, engines, options);
  } catch (error) {
    await closeAll(engines);
    throw error;
  }
};

const closeAll = ({ documents, bus }: Engines): Promise<unknown> => Promise.all([documents.close(), bus.close()]);

const build = async (settings: Settings, logger: Logger, engines: Engines, options: AuthServiceOptions): Promise<AuthService> => {
  const { documents, bus } = engines;
  const clock = new Clock(options.now);
  const metrics = new Metrics('auth-service');
  const failures = new Failures(logger, { places: describeEngines(settings), metrics });
  const published = metrics.counter('auth_messages_published_total', 'Account messages acknowledged by the message bus.');

  const keys = await SigningKeys.open(keyDirectory(settings.dataDir), clock);
  const accounts = new AccountStore(documents, (accountId) => relay.wake(accountId));
  const directory = new AccountDirectory(documents);
  const sessions = new SessionStore(documents);
  const failedLogins = new FailedLoginStore(documents, clock);
  const admins = new Admins(documents, accounts);
  const erasedAccounts = new ErasedAccountStore(documents, clock);
  const erasure = new Erasure(documents, accounts, directory, sessions, erasedAccounts);
  const relay = new Relay(accounts, bus, directory, erasure, failures, (count) => published.inc(count));
  const passwords = new Passwords(options.passwordCost);
  const turns = new FairKeyedQueue(MAX_WAITING_PER_KEY);
  const initialPassword = new InitialPassword(settings.dataDir);
  const register = new RegisterAccountHandler(accounts, directory, passwords, turns, clock);
  metrics.gauge('auth_undelivered_accounts', 'Accounts with messages that the message bus has not acknowledged.', () =>
    accounts.countUndelivered(),
  );
  metrics.gauge('auth_passwords_waiting', 'Passwords waiting to be hashed or verified.', async () => passwords.waiting);

  const stopping = new AbortController();
  let hasAdministrator = false;
  const createAdministrator = async (): Promise<void> => {
    await ensureAdministrator(settings, accounts, admins, register, initialPassword);
    await initialPassword.reconcile(accounts, passwords);
    hasAdministrator = true;
    failures.reportSuccess(FIRST_ADMINISTRATOR);
  };
  // The service starts even if its engine is unavailable, but is not ready until it has an administrator.
  await createAdministrator().catch((error: unknown) => {
    if (!engineFailure(error)) throw error;
    failures.reportFailure(FIRST_ADMINISTRATOR, error);
  });

  const app = await createHttpService({
    service: 'auth',
    module: moduleOf([
      accounts,
      directory,
      sessions,
      new Credentials(accounts, passwords, failedLogins, turns),
      admins,
      erasure,
      passwords,
      turns,
      initialPassword,
      clock,
      keys,
      new AccessTokens(keys, clock),
      new RefreshGrace(settings.refreshGraceSeconds),
    ]),
    logger,
    identify: identifyByAccount(accounts, keys, clock),
    rejections: ACCOUNT_REJECTIONS,
    readiness: {
      documentStore: () => documents.ping(),
      administrator: async () => {
        if (!hasAdministrator) throw new Error('the first administrator does not exist yet');
      },
    },
    // Logins do not need the bus: their messages stay in the outbox.
    reported: { messageBus: () => bus.ping() },
    metrics,
    internal: { [ERASED_ACCOUNTS_PATH]: () => erasedAccounts.list() },
    failures,
  });

  const creatingAdministrator = hasAdministrator
    ? Promise.resolve()
    : retry(createAdministrator, {
        signal: stopping.signal,
        onError: (error) => failures.reportFailure(FIRST_ADMINISTRATOR, error),
      });
  relay.start();
  const reloading = runPeriodically(KEY_RELOAD_MS, 'reading the signing keys', () => keys.reload(), failures);
  const cleaning = runPeriodically(
    CLEANUP_MS,
    'removing expired documents',
    () =>
      removeExpired([
        (limit) => sessions.removeExpired(clock.now(), limit),
        (limit) => failedLogins.removeExpired(limit),
        (limit) => erasedAccounts.removeExpired(limit),
      ]),
    failures,
  );

  return {
    app,
    close: async () => {
      await app.close();
      stopping.abort();
      await Promise.allSettled([creatingAdministrator]);
      await Promise.all([relay.stop(), reloading.stop(), cleaning.stop()]);
      await closeAll(engines);
    },
  };
};

/** Provides each part under its class. */
const moduleOf = (parts: readonly object[]): DynamicModule => ({
  module: class AuthModule {},
  imports: [CqrsModule.forRoot()],
  controllers: [AccountsController, SessionsController],
  providers: [
    ...parts.map((part) => ({ provide: part.constructor as Type, useValue: part })),
    RegisterAccountHandler,
    ChangeRolesHandler,
    EraseAccountHandler,
    ListAccountsHandler,
    LogInHandler,
    RefreshSessionHandler,
    LogOutHandler,
    ChangePasswordHandler,
  ],
});

/** Identifies a caller of this service: the account id is from the token, e-mail and roles are from the account document. */
const identifyByAccount = (accounts: AccountStore, keys: SigningKeys, clock: Clock): Identify => {
  const verifier = new AccessTokenVerifier(async (kid) => keys.publicKey(kid), clock.now);
  return async (authorization) => {
    const identity = await verifier.identify(authorization);
    const account = await accounts.get(identity.accountId);
    if (!account) throw unauthenticated();
    return { ...identity, email: account.email, roles: account.roles };
  };
};

/** Removes documents in pages, so that a large backlog does not delay requests. */
const removeExpired = async (removals: readonly ((limit: number) => Promise<number>)[]): Promise<void> => {
  for (const remove of removals) while ((await remove(CLEANUP_PAGE)) === CLEANUP_PAGE);
};
