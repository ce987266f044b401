import { readAll, sharedSettings, type Environment, type Settings, type SettingsReader } from '@rewards/service-kit/settings';
import { BLOCKED_PORTS } from './blocked-ports';
import type { ConnectionLimits } from './connection-limits';
import type { Rates } from './policies/rate-limit';

export interface GatewaySettings extends Settings {
  /** Origins that may make cross-origin requests; empty for none. */
  readonly corsOrigins: readonly string[];
  /** Null for no limits. */
  readonly rates: Rates | null;
  readonly connections: ConnectionLimits;
  /** The separate port on which the gateway serves its metrics. */
  readonly metricsPort: {
    readonly port: number;
    /** False for the default port. If the default port is in use, the gateway runs without metrics. */
    readonly isChosen: boolean;
  };
}

const METRICS_PORT = 'GATEWAY_METRICS_PORT';
const DEFAULT_METRICS_PORT = 3005;

/**
 * Reads the shared settings and those of the gateway.
 * @throws InvalidSettings, which names every invalid setting
 */
export const readGatewaySettings = (env: Environment = process.env): GatewaySettings => readAll(env, gatewaySettings);

/** Reads the shared settings and those of the gateway, which together are all settings of the system. */
export const gatewaySettings = (reader: SettingsReader): GatewaySettings => {
  const settings = sharedSettings(reader);
  if (BLOCKED_PORTS.has(settings.ports.gateway))
    reader.reject('GATEWAY_PORT', 'another port, because browsers and fetch refuse to connect to this one');
  const metricsPort = reader.port(METRICS_PORT, DEFAULT_METRICS_PORT);
  const isChosen = metricsPort !== DEFAULT_METRICS_PORT;
  if (isChosen && metricsPort !== 0 && Object.values(settings.ports).includes(metricsPort))
    reader.reject(METRICS_PORT, 'another port than those of the services');
  const rates = {
    account: rate(reader, 'RATE_LIMIT_ACCOUNT_PER_SECOND', 100),
    address: rate(reader, 'RATE_LIMIT_ADDRESS_PER_SECOND', 200),
    site: rate(reader, 'RATE_LIMIT_SITE_PER_SECOND', 800),
    credentials: rate(reader, 'RATE_LIMIT_CREDENTIALS_PER_SECOND', 20),
    siteCredentials: rate(reader, 'RATE_LIMIT_SITE_CREDENTIALS_PER_SECOND', 80),
  };
  return {
    ...settings,
    corsOrigins: origins(reader, 'CORS_ORIGINS'),
    rates: settings.rateLimit ? rates : null,
    connections: {
      perAddress: count(reader, 'CONNECTIONS_PER_ADDRESS', 2_000),
      total: count(reader, 'CONNECTIONS_TOTAL', 8_000),
    },
    metricsPort: { port: metricsPort, isChosen },
  };
};

const rate = (reader: SettingsReader, name: string, fallback: number): number =>
  reader.number(
    name,
    /^(?=.*[1-9])\d{1,6}(\.\d{1,3})?$/,
    'a number over 0 and under 1000000, with up to 3 decimal places',
    fallback,
  );

const count = (reader: SettingsReader, name: string, fallback: number): number =>
  reader.number(name, /^[1-9]\d{0,6}$/, 'a whole number from 1 to 9999999', fallback);

const origins = (reader: SettingsReader, name: string): readonly string[] => {
  const isOrigin = (value: string) => URL.canParse(value) && new URL(value).origin === value.toLowerCase();
  const values = reader.list(name, isOrigin, 'a comma-separated list of origins such as https://play.example.com');
  return values?.map((origin) => origin.toLowerCase()) ?? [];
};
