/**
 * Program: a receiver of webhooks that costs as little as possible. `POST /rewards` answers 204, or what `POST /answer/<status>` has
 * set; `POST /hang` never answers. `GET /figures` returns how many requests arrived, and the most in any second.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What the receiver has counted since the last `POST /reset`. */
export interface ReceiverFigures {
  readonly total: number;
  readonly mostInOneSecond: number;
  /** Seconds from the first to the last arrival. */
  readonly seconds: number;
}

/** Times of arrival in milliseconds, ascending. */
let arrivals: number[] = [];
let status = 204;

const figures = (): ReceiverFigures => {
  let [first, most] = [0, 0];
  for (const [index, arrivedAt] of arrivals.entries()) {
    while (arrivedAt - (arrivals[first] ?? 0) >= 1_000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  const seconds = ((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)) / 1_000;
  return { total: arrivals.length, mostInOneSecond: most, seconds };
};

const answer = ({ url = '' }: IncomingMessage, response: ServerResponse): void => {
  const [, path = '', argument] = url.split('/');
  if (path === 'rewards') {
    arrivals.push(performance.now());
    response.writeHead(status).end();
  } else if (path === 'answer') {
    status = Number(argument);
    response.writeHead(204).end();
  } else if (path === 'reset') {
    arrivals = [];
    response.writeHead(204).end();
  } else if (path === 'figures') response.writeHead(200).end(JSON.stringify(figures()));
  else if (path !== 'hang') response.writeHead(200).end();
};

const server = createServer((request, response) => {
  request.resume().once('end', () => answer(request, response));
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.RECEIVER_PORT), '127.0.0.1');
process.once('SIGTERM', () => process.exit());
