import { resolve } from 'node:path';
import { isEmail, isPassword, normaliseEmail, type ServiceName } from '@rewards/contracts';
import { parseNetworks, type Networks } from './addresses';

/** The settings of the environment, read and validated once at startup. */
export interface Settings {
  /** Absolute path of the folder with the embedded files and keys. */
  readonly dataDir: string;
  /** This and the next two each select a real engine; null selects the embedded one. */
  readonly eventStoreUrl: string | null;
  readonly mongodbUrl: string | null;
  /** `host:port` each. */
  readonly kafkaBrokers: readonly string[] | null;
  /** Prefix of the database names in MongoDB, as in `rewards_accounts`. */
  readonly mongodbDatabase: string;
  /** Prefix of the names of topics and consumer groups in Kafka. */
  readonly kafkaPrefix: string;
  /** Number of partitions of new topics. */
  readonly kafkaPartitions: number;
  /** Bound on the folded states that command-service keeps in memory, in MiB; 0 keeps none. */
  readonly stateCacheMiB: number;
  readonly host: string;
  readonly ports: Readonly<Record<ServiceName | 'gateway', number>>;
  /** The first instance of each service. */
  readonly urls: Readonly<Record<ServiceName, string>>;
  /** All instances of each service, at least one. */
  readonly instances: Readonly<Record<ServiceName, readonly string[]>>;
  /** The proxies in front of the gateway that are trusted to report the client's address: all, none, or those of some networks. */
  readonly trustProxy: boolean | Networks;
  readonly adminEmail: string;
  readonly adminPassword: string | null;
  /** Whether webhooks may go to loopback and private addresses. */
  readonly deliveryAllowPrivate: boolean;
  readonly rateLimit: boolean;
  /** How long a rotated refresh token gets the same successor again; 0 disables this. */
  readonly refreshGraceSeconds: number;
  readonly logLevel: LogLevel;
  /** URL of the OpenTelemetry collector; null disables the export of spans. */
  readonly otlpEndpoint: string | null;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One or more settings are invalid. Its message has one line for each of them, and no secret. */
export class InvalidSettings extends Error {
  override readonly name = 'InvalidSettings';

  constructor(problems: string | readonly string[], options?: ErrorOptions) {
    super(typeof problems === 'string' ? problems : problems.join('\n'), options);
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The base of a relative `DATA_DIR`, so that it is the same folder for all services in any working directory. */
export const REPOSITORY_ROOT = resolve(__dirname, '../../..');

/**
 * Reads the settings of `docs/operations.md` that all services share. An empty setting counts as unset.
 * @throws InvalidSettings that names every invalid setting
 */
export const readSettings = (env: Environment = process.env): Settings => readAll(env, sharedSettings);

/**
 * Reads a set of settings.
 * @param read returns a usable value for each setting, even for those that it reports as invalid
 * @throws InvalidSettings that names every invalid setting
 */
export const readAll = <S>(env: Environment, read: (reader: SettingsReader) => S): S => {
  const reader = new SettingsReader(env);
  const settings = read(reader);
  if (reader.problems.length > 0) throw new InvalidSettings(reader.problems);
  return settings;
};

/** Reads the settings that all services share. */
export const sharedSettings = (reader: SettingsReader): Settings => {
  const host = reader.text('HOST') ?? '127.0.0.1';
  const ports = {
    gateway: reader.port('GATEWAY_PORT', 3002),
    auth: reader.port('AUTH_PORT', 3000),
    command: reader.port('COMMAND_PORT', 3001),
    delivery: reader.port('DELIVERY_PORT', 3006),
    query: reader.port('QUERY_PORT', 3003),
    projections: reader.port('PROJECTIONS_PORT', 3004),
  };
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const urlsOf = (name: string, service: ServiceName) =>
    reader.urls(name) ?? [`http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${ports[service]}`];
  const instances = {
    auth: urlsOf('AUTH_URL', 'auth'),
    command: urlsOf('COMMAND_URL', 'command'),
    delivery: urlsOf('DELIVERY_URL', 'delivery'),
    query: urlsOf('QUERY_URL', 'query'),
    projections: urlsOf('PROJECTIONS_URL', 'projections'),
  };
  const first = (service: ServiceName) => instances[service][0] as string;
  return {
    dataDir: resolve(REPOSITORY_ROOT, reader.text('DATA_DIR') ?? 'data'),
    eventStoreUrl: reader.matching(
      'EVENTSTORE_URL',
      connectionString(/^esdb(\+discover)?$/),
      'an esdb:// or esdb+discover:// URL',
    ),
    mongodbUrl: reader.matching('MONGODB_URL', connectionString(/^mongodb(\+srv)?$/), 'a mongodb:// or mongodb+srv:// URL'),
    kafkaBrokers: reader.list('KAFKA_BROKERS', isBroker, 'host:port of one or more brokers, separated by commas'),
    mongodbDatabase:
      reader.matching('MONGODB_DATABASE', pattern(/^[\w-]{1,40}$/), '1 to 40 letters, digits, - and _') ?? 'rewards',
    kafkaPrefix: reader.matching('KAFKA_PREFIX', pattern(/^[\w.-]{1,100}$/), '1 to 100 letters, digits, ., - and _') ?? '',
    kafkaPartitions: reader.number('KAFKA_PARTITIONS', /^[1-9]\d{0,3}$/, 'a number from 1 to 9999', 8),
    stateCacheMiB: reader.number('STATE_CACHE_MIB', /^\d{1,5}$/, 'a number from 0 to 99999', 96),
    host,
    ports,
    urls: {
      auth: first('auth'),
      command: first('command'),
      delivery: first('delivery'),
      query: first('query'),
      projections: first('projections'),
    },
    instances,
    trustProxy: trustedProxies(reader, 'TRUST_PROXY'),
    adminEmail:
      reader.matching('ADMIN_EMAIL', (value) => isEmail(normaliseEmail(value)), 'an e-mail address')?.toLowerCase() ??
      'admin@example.com',
    adminPassword: adminPassword(reader, 'ADMIN_PASSWORD'),
    deliveryAllowPrivate: reader.oneOf('DELIVERY_ALLOW_PRIVATE', ['on', 'off'], 'off') === 'on',
    rateLimit: reader.oneOf('RATE_LIMIT', ['on', 'off'], 'on') === 'on',
    refreshGraceSeconds: reader.number('REFRESH_GRACE_SECONDS', /^([0-9]|[1-5][0-9]|60)$/, 'a number from 0 to 60', 10),
    logLevel: reader.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    otlpEndpoint: reader.matching('OTEL_EXPORTER_OTLP_ENDPOINT', isHttpUrl, 'an http or https URL')?.replace(/\/+$/, '') ?? null,
  };
};

/** Settings whose values are or contain secrets. No message quotes them. */
const SECRETS: ReadonlySet<string> = new Set(['ADMIN_PASSWORD', 'EVENTSTORE_URL', 'MONGODB_URL']);
const MAX_QUOTED = 100;

/** Reads an environment and collects its invalid settings. */
export class SettingsReader {
  /** One sentence for each invalid setting. */
  readonly problems: string[] = [];
  private readonly rejected = new Set<string>();

  constructor(private readonly env: Environment) {}

  /** @returns null for a setting that is unset or empty */
  text(name: string): string | null {
    return this.raw(name)?.trim() || null;
  }

  /** Returns the unchanged value, because white space may be part of a password. @returns null for a setting that is unset or empty */
  raw(name: string): string | null {
    return this.env[name] || null;
  }

  /** Reports a setting as invalid. @param expected what it must be, as a noun phrase */
  reject(name: string, expected: string): void {
    this.rejected.add(name);
    this.problems.push(`${name} must be ${expected}${this.quote(name)}.`);
  }

  isRejected(name: string): boolean {
    return this.rejected.has(name);
  }

  matching(name: string, isValid: (value: string) => boolean, what: string): string | null {
    const value = this.text(name);
    if (value === null || isValid(value)) return value;
    this.reject(name, what);
    return null;
  }

  /** Reads elements that are separated by commas. */
  list(name: string, isValid: (element: string) => boolean, what: string): readonly string[] | null {
    const elements = (value: string) => value.split(',').map((element) => element.trim());
    const value = this.matching(name, (text) => elements(text).every(isValid), what);
    return value === null ? null : elements(value);
  }

  number(name: string, digits: RegExp, what: string, fallback: number): number {
    return Number(this.matching(name, pattern(digits), what) ?? fallback);
  }

  port(name: string, fallback: number): number {
    const value = this.number(name, /^\d{1,9}$/, 'a port number from 0 to 65535', fallback);
    if (value <= MAX_PORT) return value;
    this.reject(name, 'a port number from 0 to 65535');
    return fallback;
  }

  /** Reads the URLs of the instances of a service. */
  urls(name: string): readonly string[] | null {
    const hasNoPath = (value: string) => isHttpUrl(value) && new URL(value).href === `${new URL(value).origin}/`;
    const urls = this.list(name, hasNoPath, 'one or more http or https URLs without a path, separated by commas');
    return urls?.map((url) => new URL(url).origin) ?? null;
  }

  /** Reads one of several values, ignoring case. */
  oneOf<Value extends string>(name: string, allowed: readonly Value[], fallback: Value): Value {
    const value = this.text(name)?.toLowerCase() ?? fallback;
    const found = allowed.find((candidate) => candidate === value);
    if (found === undefined) this.reject(name, `one of ${allowed.join(', ')}`);
    return found ?? fallback;
  }

  /** Returns the current value for a message, unless it is a secret or may contain a password (before an @). */
  private quote(name: string): string {
    const value = this.text(name) ?? '';
    if (SECRETS.has(name) || value.includes('@')) return '';
    return `, not ${JSON.stringify(value.length > MAX_QUOTED ? `${value.slice(0, MAX_QUOTED)}…` : value)}`;
  }
}

const MAX_PORT = 65_535;

const pattern =
  (expression: RegExp) =>
  (value: string): boolean =>
    expression.test(value);

const isHostAndPort = (text: string, isPortNeeded: boolean): boolean => {
  const [, port] = /^(?:[\w.%-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i.exec(text) ?? [null, '0'];
  return port === undefined ? !isPortNeeded : Number(port) > 0 && Number(port) <= MAX_PORT;
};

const isBroker = (text: string): boolean => isHostAndPort(text, true);

/** Connection strings of databases may name several hosts, which a URL may not. */
const connectionString =
  (scheme: RegExp) =>
  (value: string): boolean => {
    const [, found = '', rest = ''] = /^([^:]*):\/\/(\S*)$/.exec(value) ?? [];
    const hosts = rest.replace(/[/?].*$/, '').replace(/^.*@/, '');
    return scheme.test(found) && hosts.split(',').every((host) => isHostAndPort(host, false));
  };

const trustedProxies = (reader: SettingsReader, name: string): boolean | Networks => {
  const value = reader.text(name)?.toLowerCase() ?? 'false';
  if (/^(true|1)$/.test(value)) return true;
  if (/^(false|0)$/.test(value)) return false;
  const networks = parseNetworks(value.split(',').map((network) => network.trim()));
  if (networks === null)
    reader.reject(name, 'true, false, or a comma-separated list of addresses and networks such as 10.0.0.0/8');
  return networks ?? false;
};

const adminPassword = (reader: SettingsReader, name: string): string | null => {
  const value = reader.raw(name);
  if (value === null || isPassword(value)) return value;
  reader.reject(name, '8 to 128 characters');
  return null;
};

const isHttpUrl = (value: string): boolean => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
