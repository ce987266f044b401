import type { AddressInfo } from 'node:net';
import { TIME_LIMITS } from '@rewards/contracts';
import type { Logger } from '@rewards/service-kit/logger';
import { ClientAddresses } from './client-address';
import { ConnectionCounter, limitsOfProcess } from './connection-limits';
import { guardEntrance } from './entrance';
import { runExpressGateway } from './express-gateway';
import { authorize } from './policies/authorize';
import { createAuthenticate, type Identify } from './policies/authenticate';
import { readBody } from './policies/body';
import { createCors } from './policies/cors';
import { createForward } from './policies/forward';
import { createPages } from './policies/pages';
import { createRateLimit } from './policies/rate-limit';
import type { GatewaySettings } from './settings';
import { Upstreams } from './upstreams';

export interface GatewayOptions {
  readonly settings: Pick<
    GatewaySettings,
    'host' | 'ports' | 'instances' | 'trustProxy' | 'corsOrigins' | 'rates' | 'connections'
  >;
  readonly logger: Logger;
  readonly identify: Identify;
  /** How long a service may take to begin its answer. */
  readonly upstreamTimeoutMs?: number;
  /** How long a reader may accept no byte of its answer. */
  readonly stallMs?: number;
}

export interface Gateway {
  readonly port: number;
  /** Connections and answers in progress now. */
  readonly load: () => { readonly connections: number; readonly answers: number };
  /** Finishes the requests in flight, for so long at most, refuses later ones, and closes all connections. */
  stop(patienceMs?: number): Promise<void>;
}

export const startGateway = async ({
  settings,
  logger,
  identify,
  upstreamTimeoutMs = TIME_LIMITS.gatewayMs,
  stallMs,
}: GatewayOptions): Promise<Gateway> => {
  const { host, ports, instances, trustProxy, corsOrigins, rates, connections: limits } = settings;
  const addresses = new ClientAddresses(trustProxy);
  const upstreams = new Upstreams(instances);
  const rateLimit = createRateLimit(rates);
  const policies = {
    cors: createCors(corsOrigins),
    authenticate: createAuthenticate(identify),
    'rate-limit': rateLimit,
    authorize,
    body: readBody,
    pages: createPages(upstreams),
    forward: createForward({ upstreams, timeoutMs: upstreamTimeoutMs }),
  };
  const server = await runExpressGateway(policies, { host, port: ports.gateway });
  const connectionCounter = new ConnectionCounter(limitsOfProcess(limits, logger), addresses, logger);
  const connections = guardEntrance(server, {
    addresses,
    connectionCounter,
    rateLimit,
    logger,
    ...(stallMs === undefined ? {} : { stallMs }),
  });
  return {
    port: (server.address() as AddressInfo).port,
    load: () => ({ connections: connections.size, answers: connections.answers }),
    stop: async (patienceMs) => {
      await connections.drain(patienceMs);
      await upstreams.close();
    },
  };
};
