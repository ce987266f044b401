import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Password of all accounts that the demo creates. */
export const PASSWORD = 'a-long-password';

/** The demo cannot continue. Its message is for the reader of the terminal. */
export class DemoFailed extends Error {}

/** Ends the demo with a message. */
export const fail = (message) => {
  throw new DemoFailed(message);
};

const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

/** The running system, as a client of its API and a producer on its bus. */
export class DemoSystem {
  constructor({ root, url, dataDir, env, texts }) {
    Object.assign(this, { root, url, dataDir, env, texts });
  }

  /** Fails unless two values are equal. Everything that the demo announces goes through here. */
  check(actual, expected, answer = '') {
    if (JSON.stringify(actual) !== JSON.stringify(expected))
      fail(this.texts.unexpected(JSON.stringify(expected), JSON.stringify(actual), answer && JSON.stringify(answer)));
  }

  /** Sends a request. @param expected status; any other one ends the demo */
  async send(method, path, { token, body, expected, minPosition } = {}) {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
        ...(minPosition && { 'x-min-position': minPosition }),
      },
      ...(body && { body: JSON.stringify(body) }),
    }).catch(() => fail(this.texts.unreachable(this.url)));
    const answer = await response.json();
    if (expected !== undefined) this.check(response.status, expected, answer);
    return {
      status: response.status,
      position: response.headers.get('x-position'),
      replayed: response.headers.get('idempotent-replayed') === 'true',
      answer,
      data: answer.data,
    };
  }

  /** Repeats a read until its answer is as expected. */
  async until(read, isReached, { withinMs, everyMs = 20, late }) {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const { status, answer, data } = await read();
      if (status === 200 && isReached(data)) return data;
      if (Date.now() > deadline) fail(`${late} ${JSON.stringify(answer)}`);
      await sleep(everyMs);
    }
  }

  async register(email) {
    return (await this.send('POST', '/auth/register', { body: { email, password: PASSWORD }, expected: 201 })).data.accountId;
  }

  async logIn(email, password = PASSWORD) {
    return (await this.send('POST', '/auth/login', { body: { email, password }, expected: 200 })).data;
  }

  async logInAsAdministrator() {
    return (await this.logIn(this.administratorEmail(), this.administratorPassword())).accessToken;
  }

  /** Returns the e-mail address of the first administrator. The file is read first, because `ADMIN_EMAIL` may have changed. */
  administratorEmail() {
    const file = join(this.dataDir, 'first-admin-email');
    if (!this.env.ADMIN_PASSWORD?.trim() && existsSync(file)) return readFileSync(file, 'utf8').trim();
    return this.env.ADMIN_EMAIL?.trim() || 'admin@example.com';
  }

  administratorPassword() {
    if (this.env.ADMIN_PASSWORD?.trim()) return this.env.ADMIN_PASSWORD;
    const file = join(this.dataDir, 'initial-admin-password');
    if (!existsSync(file)) fail(this.texts.noPassword(file));
    return readFileSync(file, 'utf8').trim();
  }

  /** Opens the message bus of the running system. The embedded one must exist, so that no messages go to an unused folder. */
  openBus() {
    const folder = join(this.dataDir, 'bus');
    if (!this.env.KAFKA_BROKERS?.trim() && !existsSync(folder)) fail(this.texts.noBus(folder));
    const require = createRequire(join(this.root, 'command-service/package.json'));
    const { readSettings } = require('@rewards/service-kit');
    const { describeEngines, openMessageBus } = require('@rewards/service-kit/engines');
    const settings = readSettings({ ...this.env, DATA_DIR: this.dataDir });
    return { bus: openMessageBus(settings), place: describeEngines(settings).messageBus };
  }
}

/** A message about a login with its own time, as auth-service publishes it. */
export const loginMessage = ({ loginId, accountId, at, correlationId }) => {
  // Loaded here, because it is built only when the system runs.
  const { toBusMessage } = createRequire(import.meta.url)('@rewards/contracts');
  return toBusMessage({
    messageId: loginId,
    event: { type: 'LoggedIn', data: { loginId, accountId, at: new Date(at).toISOString() } },
    actor: { accountId, roles: ['USER'] },
    correlationId,
  });
};
