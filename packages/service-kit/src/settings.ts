import { resolve } from 'node:path';
import type { ServiceName } from '@rewards/contracts';
import { parseNetworks, type Networks } from './addresses';

/** What the environment says, read once at boot and checked. */
export interface Settings {
  /** Absolute path of the embedded files and keys. */
  readonly dataDir: string;
  /** Each of the three selects the real engine for its port; null: the embedded one. */
  readonly eventStoreUrl: string | null;
  readonly mongodbUrl: string | null;
  /** `host:port` each. */
  readonly kafkaBrokers: readonly string[] | null;
  /** Begins the names of the databases in MongoDB: `rewards_accounts`. */
  readonly mongodbDatabase: string;
  /** Begins the names of the topics and the consumer groups in Kafka. */
  readonly kafkaPrefix: string;
  /** Of topics that are made from now on. */
  readonly kafkaPartitions: number;
  readonly host: string;
  readonly ports: Readonly<Record<ServiceName | 'gateway', number>>;
  /** The first instance of each service. */
  readonly urls: Readonly<Record<ServiceName, string>>;
  /** All instances of each service, at least one. */
  readonly instances: Readonly<Record<ServiceName, readonly string[]>>;
  /** Which proxies in front of the gateway are believed about the client's address: all that connect, none, or some networks. */
  readonly trustProxy: boolean | Networks;
  readonly adminEmail: string;
  readonly adminPassword: string | null;
  readonly rateLimit: boolean;
  /** How long a refresh token that was rotated gets the same successor again; 0: not at all. */
  readonly refreshGraceSeconds: number;
  readonly logLevel: LogLevel;
  /** Of the OpenTelemetry collector; null: nobody collects spans. */
  readonly otlpEndpoint: string | null;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A setting is wrong. Names the setting, never its value: it may be a secret. */
export class WrongSetting extends Error {
  override readonly name = 'WrongSetting';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A relative `DATA_DIR` is the same folder for all services, wherever each was started. */
const REPOSITORY_ROOT = resolve(__dirname, '../../..');

/**
 * Reads the settings of `docs/operations.md` from the environment.
 * @throws WrongSetting
 */
export const readSettings = (env: Environment = process.env): Settings => {
  const host = text(env, 'HOST') ?? '127.0.0.1';
  const ports = {
    gateway: port(env, 'GATEWAY_PORT', 3002),
    auth: port(env, 'AUTH_PORT', 3000),
    command: port(env, 'COMMAND_PORT', 3001),
    query: port(env, 'QUERY_PORT', 3003),
    projections: port(env, 'PROJECTIONS_PORT', 3004),
  };
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const urlsOf = (name: string, service: ServiceName) =>
    httpUrls(env, name) ?? [`http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${ports[service]}`];
  const instances = {
    auth: urlsOf('AUTH_URL', 'auth'),
    command: urlsOf('COMMAND_URL', 'command'),
    query: urlsOf('QUERY_URL', 'query'),
    projections: urlsOf('PROJECTIONS_URL', 'projections'),
  };
  const first = (service: ServiceName) => instances[service][0] as string;
  return {
    dataDir: resolve(REPOSITORY_ROOT, text(env, 'DATA_DIR') ?? 'data'),
    eventStoreUrl: matching(env, 'EVENTSTORE_URL', /^esdb(\+discover)?:\/\/./, 'an esdb:// or esdb+discover:// URL'),
    mongodbUrl: matching(env, 'MONGODB_URL', /^mongodb(\+srv)?:\/\/./, 'a mongodb:// or mongodb+srv:// URL'),
    kafkaBrokers:
      matching(env, 'KAFKA_BROKERS', BROKERS, 'host:port of one or more brokers, separated by commas')?.split(/ *, */) ?? null,
    mongodbDatabase: matching(env, 'MONGODB_DATABASE', /^[\w-]{1,40}$/, '1 to 40 letters, digits, - and _') ?? 'rewards',
    kafkaPrefix: matching(env, 'KAFKA_PREFIX', /^[\w.-]{1,100}$/, '1 to 100 letters, digits, ., - and _') ?? '',
    kafkaPartitions: Number(matching(env, 'KAFKA_PARTITIONS', /^[1-9]\d{0,3}$/, 'a number from 1 to 9999') ?? 8),
    host,
    ports,
    urls: {
      auth: first('auth'),
      command: first('command'),
      query: first('query'),
      projections: first('projections'),
    },
    instances,
    trustProxy: trustedProxies(env, 'TRUST_PROXY'),
    adminEmail: (text(env, 'ADMIN_EMAIL') ?? 'admin@example.com').toLowerCase(),
    // As it is: white space may be part of a password.
    adminPassword: env['ADMIN_PASSWORD'] || null,
    rateLimit: oneOf(env, 'RATE_LIMIT', ['on', 'off'], 'on') === 'on',
    refreshGraceSeconds: Number(matching(env, 'REFRESH_GRACE_SECONDS', /^([0-9]|[1-5][0-9]|60)$/, 'a number from 0 to 60') ?? 10),
    logLevel: oneOf(env, 'LOG_LEVEL', LOG_LEVELS, 'info'),
    otlpEndpoint: httpUrl(env, 'OTEL_EXPORTER_OTLP_ENDPOINT'),
  };
};

const text = (env: Environment, name: string): string | null => env[name]?.trim() || null;

const BROKERS = /^([\w.-]+|\[[\da-f:]+\]):\d{1,5}( *, *([\w.-]+|\[[\da-f:]+\]):\d{1,5})*$/i;

const matching = (env: Environment, name: string, pattern: RegExp, what: string): string | null => {
  const value = text(env, name);
  if (value !== null && !pattern.test(value)) throw new WrongSetting(`${name} must be ${what}.`);
  return value;
};

const trustedProxies = (env: Environment, name: string): boolean | Networks => {
  const value = text(env, name) ?? 'false';
  if (/^(true|1)$/.test(value)) return true;
  if (/^(false|0)$/.test(value)) return false;
  const networks = parseNetworks(value.split(',').map((network) => network.trim()));
  if (networks === null) {
    throw new WrongSetting(
      `${name} must be true, false, or a comma-separated list of addresses and networks such as 10.0.0.0/8.`,
    );
  }
  return networks;
};

const port = (env: Environment, name: string, fallback: number): number => {
  const value = text(env, name);
  if (value === null) return fallback;
  const number = Number(value);
  if (!/^\d{1,5}$/.test(value) || number > 65_535) throw new WrongSetting(`${name} must be a port number from 0 to 65535.`);
  return number;
};

const httpUrl = (env: Environment, name: string): string | null => {
  const value = text(env, name);
  if (value === null) return null;
  if (!isHttpUrl(value)) throw new WrongSetting(`${name} must be an http or https URL.`);
  return value.replace(/\/+$/, '');
};

const httpUrls = (env: Environment, name: string): string[] | null => {
  const values =
    text(env, name)
      ?.split(',')
      .map((value) => value.trim()) ?? null;
  if (values && !values.every(isHttpUrl))
    throw new WrongSetting(`${name} must be one or more http or https URLs, separated by commas.`);
  return values?.map((value) => value.replace(/\/+$/, '')) ?? null;
};

const isHttpUrl = (value: string): boolean => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);

const oneOf = <Value extends string>(env: Environment, name: string, allowed: readonly Value[], fallback: Value): Value => {
  const value = text(env, name) ?? fallback;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new WrongSetting(`${name} must be one of ${allowed.join(', ')}.`);
  return found;
};
