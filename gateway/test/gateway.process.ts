import { setImmediate as nextTurn } from 'node:timers/promises';
import { AccessTokenVerifier, jwksKeySource } from '@rewards/service-kit/access-token';
import { createLogger } from '@rewards/service-kit/logger';
import { startGateway } from '../src/gateway';
import { readGatewaySettings } from '../src/settings';

/** The resources that the gateway's process uses. */
export interface Held {
  /** Bytes on and off the heap. After a garbage collection, only those that are still referenced. */
  readonly memory: number;
  readonly connections: number;
  readonly answers: number;
  /** Sockets to clients and services. */
  readonly sockets: number;
}

/** Collects garbage twice, because buffers found dead in the first collection are released only when the next one begins. */
const collect = async (): Promise<void> => {
  globalThis.gc?.();
  await nextTurn();
  globalThis.gc?.();
};

/**
 * Runs only the gateway in this process. There is no handler for uncaught errors, so such an error ends it like the real process.
 * Sends its port, and then its resources for each message.
 */
const main = async (): Promise<void> => {
  const settings = readGatewaySettings();
  const verifier = new AccessTokenVerifier(jwksKeySource(`${settings.urls.auth}/.well-known/jwks.json`));
  const gateway = await startGateway({
    settings,
    logger: createLogger('gateway', settings.logLevel),
    identify: (authorization) => verifier.identify(authorization),
    stallMs: Number(process.env['STALL_MS']),
  });
  const report = async (command: unknown): Promise<void> => {
    if (command === 'collect') await collect();
    const { heapUsed, external } = process.memoryUsage();
    const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    process.send?.({ memory: heapUsed + external, sockets, ...gateway.load() } satisfies Held);
  };
  process.on('message', (command) => void report(command));
  process.send?.(gateway.port);
};

void main();
