import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccountMessage, Role } from '@rewards/contracts';
import type { DeliveredMessage, MessageBus } from '@rewards/message-bus';
import { openEmbeddedMessageBus } from '@rewards/message-bus/adapters/embedded';
import { createLogger, readSettings, type Logger, type Settings } from '@rewards/service-kit';
import { send, type HttpResponse } from '@rewards/testing/http';
import { newDataDir, removeData } from '@rewards/testing/settings';
import { createAuthService, type AuthService, type AuthServiceOptions } from '../src/auth-service';

export const ADMIN = { email: 'admin@example.com', password: 'administrator' } as const;
const CHEAP = { memoryCost: 64, timeCost: 1, parallelism: 1 };

export type Answer = HttpResponse;

export interface Call {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Player {
  readonly accountId: string;
  readonly email: string;
  readonly password: string;
  /** From a login just before. */
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** An auth-service on a data folder, called without a socket. */
export class Auth {
  private constructor(
    readonly service: AuthService,
    readonly settings: Settings,
  ) {}

  static async start(
    dataDir: string,
    options: AuthServiceOptions = {},
    settings: Partial<Settings> = {},
    logger: Logger = createLogger('auth-service', 'silent'),
  ): Promise<Auth> {
    const all = { ...readSettings({ DATA_DIR: dataDir, ADMIN_PASSWORD: ADMIN.password }), ...settings };
    return new Auth(await createAuthService(all, logger, { passwordCost: CHEAP, ...options }), all);
  }

  call(method: 'GET' | 'POST', path: string, { token, body, headers = {} }: Call = {}): Promise<Answer> {
    const as = token ? { authorization: `Bearer ${token}` } : null;
    return send(this.service.app, { method, path, as, ...(body !== undefined && { body }), headers });
  }

  get(url: string, token?: string): Promise<Answer> {
    return this.call('GET', url, { token });
  }

  post(url: string, body?: unknown, token?: string): Promise<Answer> {
    return this.call('POST', url, { body, token });
  }

  logIn({ email, password }: { readonly email: string; readonly password: string }): Promise<Answer> {
    return this.post('/auth/login', { email, password });
  }

  async adminToken(): Promise<string> {
    return (await this.logIn(ADMIN)).body.data.accessToken;
  }

  /** Registers an account with these roles and logs it in. */
  async player(email: string, roles?: readonly Role[]): Promise<Player> {
    const password = `password of ${email}`;
    const { accountId } = (await this.post('/auth/register', { email, password })).body.data;
    if (roles) await this.post(`/accounts/${accountId}/roles`, { roles }, await this.adminToken());
    const { accessToken, refreshToken } = (await this.logIn({ email, password })).body.data;
    return { accountId, email, password, accessToken, refreshToken };
  }

  close(): Promise<void> {
    return this.service.close();
  }
}

/** Creates data folders and removes them at the end of a spec file. */
export const dataDirs = () => {
  const created: string[] = [];
  return {
    make: () => {
      const dataDir = newDataDir();
      created.push(dataDir);
      return dataDir;
    },
    removeAll: () => created.forEach((dataDir) => removeData({ dataDir })),
  };
};

export interface Subscriber {
  /** All messages of both topics, in order of arrival. */
  readonly messages: readonly AccountMessage[];
  /** Their headers, by `messageId`. */
  readonly headers: ReadonlyMap<string, DeliveredMessage['headers']>;
  close(): Promise<void>;
}

/** Reads all messages that the relay has published, from the beginning. */
export const subscribe = async (dataDir: string): Promise<Subscriber> => {
  const bus = openEmbeddedMessageBus({ directory: join(dataDir, 'bus') });
  const messages: AccountMessage[] = [];
  const headersOf = new Map<string, DeliveredMessage['headers']>();
  const consumer = await bus.consume({
    group: 'spec',
    topics: ['logins', 'accounts'],
    handle: async ({ key, value, headers }) => {
      const message = JSON.parse(String(value)) as AccountMessage;
      if (message.event.data.accountId !== String(key)) throw new Error('the key of a message is not its account id');
      messages.push(message);
      headersOf.set(message.messageId, headers);
    },
  });
  return {
    messages,
    headers: headersOf,
    close: async () => {
      await consumer.stop();
      await bus.close();
    },
  };
};

/** A message bus that can be made unavailable. */
export class InterruptibleBus implements MessageBus {
  isUnavailable = false;
  rejected = 0;

  constructor(
    private readonly bus: MessageBus,
    private readonly failure: () => Error,
  ) {}

  async publish(...[topic, messages]: Parameters<MessageBus['publish']>): Promise<void> {
    if (this.isUnavailable) {
      this.rejected += 1;
      throw this.failure();
    }
    await this.bus.publish(topic, messages);
  }

  consume(...[options]: Parameters<MessageBus['consume']>) {
    return this.bus.consume(options);
  }

  lag(...[group, topic]: Parameters<MessageBus['lag']>) {
    return this.bus.lag(group, topic);
  }

  async ping(): Promise<void> {
    if (this.isUnavailable) throw this.failure();
    await this.bus.ping();
  }

  close(): Promise<void> {
    return this.bus.close();
  }
}

/** Finds files in the folder that contain the text, in UTF-8 or UTF-16. */
export const filesContaining = async (directory: string, text: string): Promise<string[]> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map(async (file) => [file, await contentOf(file)] as const));
  return contents
    .filter(([, content]) => content.includes(text) || content.includes(Buffer.from(text, 'utf16le')))
    .map(([file]) => file);
};

/** Returns an empty buffer for a file that was deleted after it was listed. */
const contentOf = (file: string): Promise<Buffer> =>
  readFile(file).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
