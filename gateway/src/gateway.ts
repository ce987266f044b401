import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { TIME_LIMITS, type ServiceName } from '@rewards/contracts';
import type { Connections } from '@rewards/service-kit/connections';
import type { Logger } from '@rewards/service-kit/logger';
import { Metrics } from '@rewards/service-kit/metrics';
import { processOf } from '@rewards/service-kit/process-names';
import { ClientAddresses } from './client-address';
import { ConnectionCounter, limitsOfProcess } from './connection-limits';
import { interceptRequests } from './entrance';
import { runExpressGateway } from './express-gateway';
import { serveMetrics } from './metrics-server';
import { createApplications } from './pages/application';
import { createHealth, type ServiceStates } from './pages/health';
import { authorize } from './policies/authorize';
import { createAuthenticate, type Identify } from './policies/authenticate';
import { readBody } from './policies/body';
import { createCors } from './policies/cors';
import { createForward } from './policies/forward';
import { createPages } from './policies/pages';
import { createRateLimit } from './policies/rate-limit';
import { createRelay } from './policies/relay';
import { createSession } from './policies/session';
import type { GatewaySettings } from './settings';
import { Upstreams } from './upstreams';

export interface GatewayOptions {
  readonly settings: Pick<
    GatewaySettings,
    'host' | 'ports' | 'instances' | 'trustProxy' | 'corsOrigins' | 'rates' | 'connections' | 'metricsPort'
  >;
  readonly logger: Logger;
  readonly identify: Identify;
  /** How long a service may take to start its response, and between two chunks of it. */
  readonly upstreamTimeoutMs?: number;
  /** How long a client may accept no byte of its response before it is disconnected. */
  readonly stallMs?: number;
  /** The folder of the built web applications. */
  readonly applications?: string;
}

/** Where `console/build.mjs` writes the web applications. */
const BUILT_APPLICATIONS = join(__dirname, '../../console/dist');

export interface Gateway {
  readonly port: number;
  /** The port of the metrics; null if the default port was in use. */
  readonly metricsPort: number | null;
  /** Returns the numbers of open connections and of responses in progress. */
  readonly load: () => { readonly connections: number; readonly answers: number };
  /** Rejects new requests, waits at most this long for requests in flight, and closes all connections. */
  stop(patienceMs?: number): Promise<void>;
}

export const startGateway = async ({
  settings,
  logger,
  identify,
  upstreamTimeoutMs = TIME_LIMITS.gatewayMs,
  stallMs,
  applications = BUILT_APPLICATIONS,
}: GatewayOptions): Promise<Gateway> => {
  const { host, ports, instances, trustProxy, corsOrigins, rates, connections: limits } = settings;
  const metrics = new Metrics('gateway');
  const metricsServer = await serveMetrics(metrics, settings, logger);
  const addresses = new ClientAddresses(trustProxy);
  const upstreams = new Upstreams(instances);
  const rateLimit = createRateLimit(rates);
  const health = createHealth(upstreams);
  const relay = createRelay({ upstreams, timeoutMs: upstreamTimeoutMs });
  const policies = {
    cors: createCors(corsOrigins),
    authenticate: createAuthenticate(identify),
    'rate-limit': rateLimit,
    authorize,
    body: readBody,
    pages: createPages({ upstreams, health, application: await createApplications(applications, logger) }),
    session: createSession(relay),
    forward: createForward(relay),
  };
  const server = await runExpressGateway(policies, { host, port: ports.gateway });
  const connectionCounter = new ConnectionCounter(limitsOfProcess(limits, logger), addresses, logger);
  const connections = interceptRequests(server, {
    addresses,
    connectionCounter,
    rateLimit,
    logger,
    metrics,
    ...(stallMs === undefined ? {} : { stallMs }),
  });
  registerMetrics(metrics, { connections, health });
  return {
    port: (server.address() as AddressInfo).port,
    metricsPort: metricsServer?.port ?? null,
    load: () => ({ connections: connections.size, answers: connections.responsesInFlight }),
    stop: async (patienceMs) => {
      await connections.drain(patienceMs);
      await upstreams.close();
      await metricsServer?.close();
    },
  };
};

const registerMetrics = (
  metrics: Metrics,
  { connections, health }: { readonly connections: Connections; readonly health: () => Promise<ServiceStates> },
): void => {
  metrics.gauge('gateway_connections', 'Open client connections.', async () => connections.size);
  metrics.gauge('gateway_answers', 'Responses in progress.', async () => connections.responsesInFlight);
  metrics.gauges('part_up', 'Whether a service is ready (1) or not (0).', 'part', async () =>
    Object.entries(await health()).map(([service, { state }]) => [processOf(service as ServiceName), state === 'up' ? 1 : 0]),
  );
};
