import { setImmediate as nextTurn } from 'node:timers/promises';
import { AccessTokenVerifier, jwksKeySource } from '@rewards/service-kit/access-token';
import { createLogger } from '@rewards/service-kit/logger';
import { startGateway } from '../src/gateway';
import { readGatewaySettings } from '../src/settings';

/** What the gateway's process holds now. */
export interface Held {
  /** Bytes on and off the heap; those that are still referred to, if garbage was collected before. */
  readonly memory: number;
  readonly connections: number;
  readonly answers: number;
  /** Sockets of both sides. */
  readonly sockets: number;
}

/** Twice: buffers that the first collection has found dead are released, and no longer counted, only when the next one begins. */
const collect = async (): Promise<void> => {
  globalThis.gc?.();
  await nextTurn();
  globalThis.gc?.();
};

/**
 * The gateway alone in a process of its own, whose memory is nobody else's. It has no handler of uncaught errors: one of
 * them ends it, as it would end the real one. Sends its port, then what it holds for each message.
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
  const report = async (what: unknown): Promise<void> => {
    if (what === 'collect') await collect();
    const { heapUsed, external } = process.memoryUsage();
    const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    process.send?.({ memory: heapUsed + external, sockets, ...gateway.load() } satisfies Held);
  };
  process.on('message', (what) => void report(what));
  process.send?.(gateway.port);
};

void main();
