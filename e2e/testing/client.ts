import { randomUUID } from 'node:crypto';
import { fetchFrom } from '@rewards/testing/http';
import type { System } from './system';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // The body of an answer is what the test is about.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** An HTTP client with one account. */
export class Client {
  private token: string | null = null;

  constructor(
    private readonly gateway: Pick<System, 'url'>,
    readonly email: string = `${randomUUID()}@example.com`,
    private readonly password: string = 'correct horse battery',
  ) {}

  get credentials(): { email: string; password: string } {
    return { email: this.email, password: this.password };
  }

  get authorization(): Record<string, string> {
    return this.token === null ? {} : { authorization: `Bearer ${this.token}` };
  }

  async call(method: 'GET' | 'POST', path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetchFrom(this.gateway.url, path, {
      method,
      headers: {
        ...this.authorization,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  get = (path: string, headers?: Record<string, string>) => this.call('GET', path, undefined, headers);
  post = (path: string, body?: unknown, headers?: Record<string, string>) => this.call('POST', path, body, headers);

  async register(): Promise<string> {
    const { status, body } = await this.post('/auth/register', this.credentials);
    if (status !== 201) throw new Error(`register: ${status}`);
    return body.data.accountId;
  }

  /** @returns the loginId */
  async logIn(): Promise<string> {
    const { status, body } = await this.post('/auth/login', this.credentials);
    if (status !== 200) throw new Error(`login: ${status} ${JSON.stringify(body)}`);
    this.token = body.data.accessToken;
    return body.data.loginId;
  }

  /** Registers an account, gives it roles and logs it in. */
  static async withRoles(gateway: Pick<System, 'url'>, admin: Client, ...roles: string[]): Promise<Client> {
    const client = new Client(gateway);
    const accountId = await client.register();
    const { status } = await admin.post(`/accounts/${accountId}/roles`, { roles });
    if (status !== 200) throw new Error(`roles: ${status}`);
    await client.logIn();
    return client;
  }

  /** Logs in the initial administrator. */
  static async admin(system: System): Promise<Client> {
    const admin = new Client(system, 'admin@example.com', await system.adminPassword());
    await admin.logIn();
    return admin;
  }
}
