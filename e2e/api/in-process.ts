import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@rewards/service-kit';
import type { HttpService } from '@rewards/service-kit/http-service';
import { verifyTokensOf } from '@rewards/service-kit/access-token-verification';
import { createAuthService } from '../../auth-service/src/auth-service';
import { createCommandService } from '../../command-service/src/command-service';
import { createDeliveryService } from '../../command-service/src/delivery/delivery-service';
import { startGateway, type GatewayOptions } from '../../gateway/src/gateway';
import { readGatewaySettings, type GatewaySettings } from '../../gateway/src/settings';
import { createProjections } from '../../projections/src/projections';
import { createQueryService } from '../../query-service/src/query-service';
import { freePorts } from '@rewards/testing/free-ports';

export const ADMIN = { email: 'admin@example.com', password: 'administrator' } as const;

/** Cheap hashing parameters, because no real account is protected here. */
const CHEAP_PASSWORDS = { memoryCost: 64, timeCost: 1, parallelism: 1 };

export interface InProcess {
  /** URL of the gateway. */
  readonly url: string;
  readonly settings: GatewaySettings;
  readonly apps: Readonly<Record<'auth' | 'command' | 'delivery' | 'query' | 'projections', HttpService>>;
  /** Starts another gateway, in front of the same services unless the settings name others. @returns its URL */
  readonly addGateway: (
    start: typeof startGateway,
    settings: Partial<GatewaySettings>,
    options?: Partial<GatewayOptions>,
  ) => Promise<string>;
  readonly stop: () => Promise<void>;
}

/**
 * Starts all six services in this process, with the embedded engines and a temporary data directory.
 * @param now clock of command-service and query-service
 * @param environment further settings, such as a real engine
 */
export const startInProcess = async (now: () => number = Date.now, environment: NodeJS.ProcessEnv = {}): Promise<InProcess> => {
  const [gateway, auth, command, delivery, query, projections] = (await freePorts(6)).map(String);
  const settings = readGatewaySettings({
    DATA_DIR: mkdtempSync(join(tmpdir(), 'api-')),
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    REFRESH_GRACE_SECONDS: '0',
    RATE_LIMIT: 'off',
    DELIVERY_ALLOW_PRIVATE: 'on',
    GATEWAY_PORT: gateway,
    AUTH_PORT: auth,
    COMMAND_PORT: command,
    DELIVERY_PORT: delivery,
    QUERY_PORT: query,
    PROJECTIONS_PORT: projections,
    ...environment,
  });
  const logger = createLogger('gateway', 'silent');
  const tokens = verifyTokensOf(settings.instances.auth);
  const services = [
    await createAuthService(settings, logger, { passwordCost: CHEAP_PASSWORDS }),
    await createCommandService(settings, logger, { now }),
    await createDeliveryService(settings, logger, { now }),
    await createProjections(settings, logger),
    await createQueryService(settings, logger, { now }),
  ] as const;
  const [{ app: authApp }, { app: commandApp }, { app: deliveryApp }, { app: projectionsApp }, { app: queryApp }] = services;
  const apps = { auth: authApp, command: commandApp, delivery: deliveryApp, query: queryApp, projections: projectionsApp };
  for (const name of ['auth', 'command', 'delivery', 'query', 'projections'] as const)
    await apps[name].listen(settings.ports[name], settings.host);
  const { identify } = tokens;
  const gateways = [await startGateway({ settings, logger, identify })];
  return {
    url: `http://127.0.0.1:${settings.ports.gateway}`,
    settings,
    apps,
    addGateway: async (start, changed, options = {}) => {
      const ports = { ...settings.ports, gateway: 0 };
      const added = await start({ settings: { ...settings, ports, ...changed }, logger, identify, ...options });
      gateways.push(added);
      return `http://127.0.0.1:${added.port}`;
    },
    stop: async () => {
      await Promise.all(gateways.map((started) => started.stop(0)));
      tokens.stop();
      for (const service of services) await service.close();
      rmSync(settings.dataDir, { recursive: true, force: true });
    },
  };
};
