import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { NOT_PROCESSED } from '@rewards/contracts';
import { spreadLookup } from './spread-lookup';

const CONNECT_TIMEOUT_MS = 2_000;
const CONFIRM_TIMEOUT_MS = 2_000;
const MAX_ANSWER = 16_384;
const PROBE = 'HEAD /health/live HTTP/1.1\r\nHost: service\r\n\r\n';

/** The service refused the request before it looked at it. */
export class ServiceStopping extends Error {
  readonly code = 'SERVICE_STOPPING';

  constructor() {
    super('the service is stopping');
  }
}

/**
 * Connects to a service. The operating system accepts connections for a process, and resets those that the process has not
 * accepted when it stops listening: a request that was sent on such a connection looks like one that was processed and lost
 * its answer. So while an instance is stopping, a connection is used only once the service has answered on it.
 * @param isDoubted whether a new connection has to be confirmed
 */
export const createConnect = (isDoubted: () => boolean): buildConnector.connector => {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, lookup: spreadLookup });
  return (options, done) =>
    connect(options, (...[error, socket]) => {
      if (error) done(error, null);
      else if (isDoubted()) confirm(socket, (failure) => (failure ? done(failure, null) : done(null, socket)));
      else done(null, socket);
    });
};

/** Asks the service for its health, which changes nothing. */
const confirm = (socket: Socket, done: (failure: Error | null) => void): void => {
  let text = '';
  const timer = setTimeout(() => finish(new ServiceStopping()), CONFIRM_TIMEOUT_MS);
  const finish = (failure: Error | null): void => {
    clearTimeout(timer);
    socket.off('readable', read).off('close', lose).off('error', lose);
    if (failure) socket.on('error', () => undefined).destroy();
    done(failure);
  };
  const lose = (): void => finish(new ServiceStopping());
  const read = (): void => {
    text += (socket.read() as Buffer | null)?.toString('latin1') ?? '';
    if (text.length > MAX_ANSWER) lose();
    else if (text.endsWith('\r\n\r\n')) finish(isStopping(text) ? new ServiceStopping() : null);
  };
  socket.on('readable', read).once('close', lose).on('error', lose);
  socket.write(PROBE);
};

const isStopping = (head: string): boolean => head.toLowerCase().includes(`\r\n${NOT_PROCESSED}:`);
