import { fork, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { SERVICES, type Role, type ServiceName } from '@rewards/contracts';
import { type AccessTokenVerifier, type jwksKeySource, TOKEN_AUDIENCE, TOKEN_ISSUER } from '@rewards/service-kit/access-token';
import pino from 'pino';
import type { Gateway, GatewayOptions } from '../src/gateway';
import type { GatewaySettings } from '../src/settings';
import type { Held } from './gateway.process';

/** A request that a service received. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A service behind the gateway that records its requests and answers with the handler of a test. */
export class FakeService {
  readonly received: Received[] = [];
  handler: Handler = answerOk;
  /** Whether each connection is reset when its first bytes arrive. */
  resetsAll = false;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((request, response) => void this.take(request, response));

  async start(): Promise<string> {
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      if (this.resetsAll) socket.once('data', () => socket.resetAndDestroy());
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const own = OWN_PAGES[request.url ?? ''];
    if (own) return own(request, response);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    // The gateway's probe of a new connection.
    if (request.method === 'HEAD' && request.url === '/health/live') return this.handler(request, response);
    this.received.push({
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
    this.handler(request, response);
  }
}

export const answerJson = (
  response: ServerResponse,
  status: number,
  body: unknown,
  type = 'application/json; charset=utf-8',
): void => {
  response.writeHead(status, { 'content-type': type });
  response.end(JSON.stringify(body));
};

const answerOk: Handler = (_request, response) => answerJson(response, 200, { data: 'ok' });

const KEY_ID = 'key-1';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const JWKS = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256', use: 'sig' }] };

const OWN_PAGES: Readonly<Record<string, Handler>> = {
  '/.well-known/jwks.json': (_request, response) => answerJson(response, 200, JWKS),
};

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Creates an access token like those of auth-service. @param claims overrides of the claims */
export const makeToken = (roles: readonly Role[], claims: object = {}, header: object = {}): string => {
  const now = Math.floor(Date.now() / 1_000);
  const head = { alg: 'RS256', typ: 'JWT', kid: KEY_ID, ...header };
  const body = {
    sub: randomUUID(),
    email: 'player@example.com',
    roles,
    iat: now,
    exp: now + 900,
    iss: TOKEN_ISSUER,
    aud: TOKEN_AUDIENCE,
    jti: randomUUID(),
    ...claims,
  };
  const signed = `${base64url(head)}.${base64url(body)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
};

export type Services = Readonly<Record<ServiceName, FakeService>>;
export type Urls = Readonly<Record<ServiceName, string>>;

export const startServices = async (): Promise<{ services: Services; urls: Urls }> => {
  const services = Object.fromEntries(SERVICES.map((service) => [service, new FakeService()])) as Record<
    ServiceName,
    FakeService
  >;
  const started = SERVICES.map(async (service) => [service, await services[service].start()] as const);
  return { services, urls: Object.fromEntries(await Promise.all(started)) as Record<ServiceName, string> };
};

/** The gateway with a fake of each service behind it. */
export interface World {
  readonly services: Services;
  readonly gateway: Gateway;
  readonly url: string;
  /** The parsed log lines. */
  readonly log: Record<string, unknown>[];
  /** Returns the requests that any service has received. */
  received(): Received[];
  forget(): void;
  stop(): Promise<void>;
}

export interface WorldOptions extends Partial<
  Pick<GatewaySettings, 'trustProxy' | 'corsOrigins' | 'rates' | 'connections' | 'metricsPort'>
> {
  readonly upstreamTimeoutMs?: number;
  readonly stallMs?: number;
  /** The folder of the built web applications; by default, one that does not exist. */
  readonly applications?: string;
  /** Further instances of query-service. */
  readonly otherQueryUrls?: readonly string[];
}

/** Starts a gateway and its services. Reloads all modules, because express-gateway has module state. */
export const startWorld = async ({
  upstreamTimeoutMs,
  stallMs,
  applications = join(__dirname, 'no-applications'),
  otherQueryUrls = [],
  ...settings
}: WorldOptions = {}): Promise<World> => {
  jest.resetModules();
  const { startGateway } = require('../src/gateway') as { startGateway: (options: GatewayOptions) => Promise<Gateway> };
  const { AccessTokenVerifier: Verifier, jwksKeySource: keySource } = require('@rewards/service-kit/access-token') as {
    AccessTokenVerifier: typeof AccessTokenVerifier;
    jwksKeySource: typeof jwksKeySource;
  };
  const { services, urls } = await startServices();
  const log: Record<string, unknown>[] = [];
  const logger = pino(
    { level: 'debug' },
    { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const verifier = new Verifier(keySource(`${urls.auth}/.well-known/jwks.json`));
  const gateway = await startGateway({
    settings: {
      host: '127.0.0.1',
      ports: { gateway: 0, auth: 0, command: 0, delivery: 0, query: 0, projections: 0 },
      instances: Object.fromEntries(
        SERVICES.map((name) => [name, [...(name === 'query' ? otherQueryUrls : []), urls[name]]]),
      ) as Record<ServiceName, string[]>,
      trustProxy: false,
      corsOrigins: [],
      rates: null,
      connections: { perAddress: 1_000, total: 2_000 },
      metricsPort: { port: 0, isChosen: true },
      ...settings,
    },
    logger,
    identify: (authorization) => verifier.identify(authorization),
    applications,
    ...(upstreamTimeoutMs === undefined ? {} : { upstreamTimeoutMs }),
    ...(stallMs === undefined ? {} : { stallMs }),
  });
  return {
    services,
    gateway,
    url: `http://127.0.0.1:${gateway.port}`,
    log,
    received: () => SERVICES.flatMap((service) => services[service].received),
    forget: () => {
      log.length = 0;
      for (const service of SERVICES) {
        services[service].received.length = 0;
        services[service].handler = answerOk;
      }
    },
    stop: async () => {
      await gateway.stop(0);
      await Promise.all(SERVICES.map((service) => services[service].stop()));
    },
  };
};

/** The gateway in a separate process, so that its memory can be measured and an uncaught error ends it. */
export class GatewayProcess {
  private constructor(
    readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(urls: Urls, settings: NodeJS.ProcessEnv): Promise<GatewayProcess> {
    const runner = require.resolve('../../packages/testing/src/run-typescript.cjs');
    const upstreams = Object.fromEntries(SERVICES.map((service) => [`${service.toUpperCase()}_URL`, urls[service]]));
    const env = {
      PATH: process.env['PATH'],
      GATEWAY_PORT: '0',
      GATEWAY_METRICS_PORT: '0',
      RATE_LIMIT: 'off',
      LOG_LEVEL: 'silent',
      ...upstreams,
      ...settings,
    };
    const child = fork(runner, [join(__dirname, 'gateway.process.ts')], { execArgv: ['--expose-gc'], env });
    const [port] = (await once(child, 'message')) as [number];
    return new GatewayProcess(child, port);
  }

  /** Returns the resources of the process. @param collect whether to collect garbage first, which takes many milliseconds */
  async held(collect = true): Promise<Held> {
    const message = once(this.child, 'message');
    this.child.send(collect ? 'collect' : 'look');
    return (await message)[0] as Held;
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

/** A response read from a raw connection. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends bytes unchanged over one connection.
 * @param count responses to wait for; the result has fewer if the gateway closes the connection first
 */
export const sendRaw = (port: number, bytes: string, count = 1): Promise<{ answers: RawAnswer[]; closed: boolean }> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    const isHead = bytes.startsWith('HEAD ');
    let text = '';
    const finish = (closed: boolean) => {
      socket.destroy();
      resolve({ answers: parseAnswers(text, isHead), closed });
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (parseAnswers(text, isHead).length >= count) finish(false);
    });
    socket.on('close', () => finish(true));
    // Treat a reset like a close, and keep the data received before it.
    socket.on('error', () => undefined);
  });

/** @param isHead whether the first response has no body, regardless of its headers */
const parseAnswers = (text: string, isHead = false): RawAnswer[] => {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return [];
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const rest = text.slice(end + 4);
  const chunked = !isHead && headers['transfer-encoding'] === 'chunked';
  const length = chunked ? rest.indexOf('\r\n0\r\n\r\n') + 7 : Number((!isHead && headers['content-length']) || 0);
  if (chunked ? length < 7 : rest.length < length) return [];
  return [
    { status: Number(statusLine.split(' ')[1]), headers, body: rest.slice(0, length) },
    ...parseAnswers(rest.slice(length)),
  ];
};
