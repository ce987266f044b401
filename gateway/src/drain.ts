import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';

/**
 * Knows the answers in hand from now on.
 * @returns how to end: no new connection, no new request on an old one, and what is in hand may finish for so long
 */
export const trackAnswers = (server: Server): ((patienceMs: number) => Promise<void>) => {
  const inHand = new Set<ServerResponse>();
  let isStopping = false;
  server.prependListener('request', (_request, response: ServerResponse) => {
    if (isStopping) response.shouldKeepAlive = false;
    inHand.add(response);
    response.once('close', () => {
      inHand.delete(response);
      if (isStopping) setImmediate(() => server.closeIdleConnections());
    });
  });

  return async (patienceMs) => {
    isStopping = true;
    const closed = once(server, 'close');
    server.close();
    for (const response of inHand) {
      // A live stream would never finish; its reader comes back with the position of the last event.
      if (isEventStream(response)) response.destroy();
      else response.shouldKeepAlive = false;
    }
    const timer = setTimeout(() => server.closeAllConnections(), patienceMs);
    await closed;
    clearTimeout(timer);
  };
};

const isEventStream = (response: ServerResponse): boolean =>
  String(response.getHeader('content-type')).startsWith('text/event-stream');
