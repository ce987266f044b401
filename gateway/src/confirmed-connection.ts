import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { NOT_PROCESSED_HEADER } from '@rewards/contracts';
import { spreadLookup } from './spread-lookup';

const CONNECT_TIMEOUT_MS = 2_000;
const CONFIRM_TIMEOUT_MS = 2_000;
const MAX_ANSWER = 16_384;
const PROBE = 'HEAD /health/live HTTP/1.1\r\nHost: service\r\n\r\n';

/** The service is stopping and did not process the request. */
export class ServiceStoppingError extends Error {
  readonly code = 'SERVICE_STOPPING';

  constructor() {
    super('the service is stopping');
  }
}

/**
 * Creates a connector to a service. The operating system accepts connections before the process does, and resets the remaining
 * ones when the process stops listening. A request on such a connection looks as if it was processed but its response was lost.
 * So while an instance is stopping, a connection is used only after the service has answered a probe on it.
 * @param isDoubted whether new connections must be confirmed
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

/** Sends a health probe, which has no side effects. */
const confirm = (socket: Socket, done: (failure: Error | null) => void): void => {
  let text = '';
  const timer = setTimeout(() => finish(new ServiceStoppingError()), CONFIRM_TIMEOUT_MS);
  const finish = (failure: Error | null): void => {
    clearTimeout(timer);
    socket.off('readable', read).off('close', fail).off('error', fail);
    if (failure) socket.on('error', () => undefined).destroy();
    done(failure);
  };
  const fail = (): void => finish(new ServiceStoppingError());
  const read = (): void => {
    text += (socket.read() as Buffer | null)?.toString('latin1') ?? '';
    if (text.length > MAX_ANSWER) fail();
    else if (text.endsWith('\r\n\r\n')) finish(isStopping(text) ? new ServiceStoppingError() : null);
  };
  socket.on('readable', read).once('close', fail).on('error', fail);
  socket.write(PROBE);
};

const isStopping = (head: string): boolean => head.toLowerCase().includes(`\r\n${NOT_PROCESSED_HEADER}:`);
