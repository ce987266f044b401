import { readSettings, WrongSetting, type Settings } from '@rewards/service-kit/settings';
import type { ConnectionLimits } from './connection-limits';
import type { Rates } from './policies/rate-limit';

export interface GatewaySettings extends Settings {
  /** Origins whose pages may call; none: closed. */
  readonly corsOrigins: readonly string[];
  /** Null: no limits. */
  readonly rates: Rates | null;
  readonly connections: ConnectionLimits;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings that all services share and those that only the gateway has.
 * @throws WrongSetting
 */
export const readGatewaySettings = (env: Environment = process.env): GatewaySettings => {
  const settings = readSettings(env);
  for (const [service, urls] of Object.entries(settings.instances)) {
    if (urls.some((url) => new URL(url).origin !== url))
      throw new WrongSetting(`${service.toUpperCase()}_URL must have no path.`);
  }
  return {
    ...settings,
    corsOrigins: origins(env, 'CORS_ORIGINS'),
    rates: settings.rateLimit
      ? {
          account: rate(env, 'RATE_LIMIT_ACCOUNT_PER_SECOND', 100),
          address: rate(env, 'RATE_LIMIT_ADDRESS_PER_SECOND', 200),
          site: rate(env, 'RATE_LIMIT_SITE_PER_SECOND', 800),
          credentials: rate(env, 'RATE_LIMIT_CREDENTIALS_PER_SECOND', 20),
          siteCredentials: rate(env, 'RATE_LIMIT_SITE_CREDENTIALS_PER_SECOND', 80),
        }
      : null,
    connections: {
      perAddress: count(env, 'CONNECTIONS_PER_ADDRESS', 2_000),
      total: count(env, 'CONNECTIONS_TOTAL', 8_000),
    },
  };
};

const rate = (env: Environment, name: string, fallback: number): number => {
  const value = env[name]?.trim() || String(fallback);
  const perSecond = Number(value);
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(value) || perSecond === 0) throw new WrongSetting(`${name} must be a number over 0.`);
  return perSecond;
};

const count = (env: Environment, name: string, fallback: number): number => {
  const value = env[name]?.trim() || String(fallback);
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new WrongSetting(`${name} must be a whole number from 1 to 9999999.`);
  return Number(value);
};

const origins = (env: Environment, name: string): readonly string[] =>
  (env[name] ?? '')
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '')
    .map((origin) => {
      if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
        throw new WrongSetting(`${name} must be a comma-separated list of origins such as https://play.example.com.`);
      }
      return origin;
    });
