import type { Route } from '@rewards/contracts';
import { noRoute } from '@rewards/service-kit/problem';
import type { Exchange } from '../exchange';
import type { Outcome, Policy } from './policy';
import { copyHeaders, type Relay } from './relay';

/** Forwards the request to the service of its route, and streams the response back. */
export const createForward =
  (relay: Relay): Policy =>
  (exchange) => {
    if (exchange.target.kind !== 'route') throw noRoute(exchange.request.method ?? '', exchange.path);
    return forward(exchange, exchange.target.route, relay);
  };

const forward = async (exchange: Exchange, route: Route, relay: Relay): Promise<Outcome> => {
  const { request, response, body } = exchange;
  // The unchanged target. It is canonical, so the service parses it the same way.
  await relay(exchange, { route, target: request.url as string, body }, (status, headers) => {
    copyHeaders(headers, response);
    response.writeHead(status);
    // A response without a length may be a stream whose first chunk is a long time away. Show the client that it has started.
    if (headers['content-length'] === undefined) response.flushHeaders();
    return response;
  });
  return 'answered';
};
