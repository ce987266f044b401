import type { AddressInfo } from 'node:net';
import { TIME_LIMITS } from '@rewards/contracts';
import type { Logger } from '@rewards/service-kit/logger';
import { trackAnswers } from './drain';
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
  readonly settings: Pick<GatewaySettings, 'host' | 'ports' | 'urls' | 'trustProxy' | 'corsOrigins' | 'rates'>;
  readonly logger: Logger;
  readonly identify: Identify;
  /** How long a service may take to begin its answer. */
  readonly upstreamTimeoutMs?: number;
}

export interface Gateway {
  readonly port: number;
  /** Takes no more requests and lets those in hand finish, for so long at most; then all connections are closed. */
  stop(patienceMs?: number): Promise<void>;
}

const STOP_PATIENCE_MS = 10_000;

export const startGateway = async ({
  settings,
  logger,
  identify,
  upstreamTimeoutMs = TIME_LIMITS.gatewayMs,
}: GatewayOptions): Promise<Gateway> => {
  const { host, ports, urls, trustProxy, corsOrigins, rates } = settings;
  const upstreams = new Upstreams(urls);
  const policies = {
    cors: createCors(corsOrigins),
    authenticate: createAuthenticate(identify),
    'rate-limit': createRateLimit(rates),
    authorize,
    body: readBody,
    pages: createPages(upstreams),
    forward: createForward({ upstreams, trustProxy, timeoutMs: upstreamTimeoutMs }),
  };
  const server = await runExpressGateway(policies, { host, port: ports.gateway });
  guardEntrance(server, { trustProxy, logger });
  const drain = trackAnswers(server);
  return {
    port: (server.address() as AddressInfo).port,
    stop: async (patienceMs = STOP_PATIENCE_MS) => {
      await drain(patienceMs);
      await upstreams.close();
    },
  };
};
