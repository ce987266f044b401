import { connect, type Socket } from 'node:net';
import { pick, randomFrom, shuffled, type Random } from './random';

/** The bytes that a client sends before the connection breaks: one or more requests, or bytes that are not HTTP. */
export interface Conversation {
  readonly name: string;
  readonly bytes: string;
}

const head = (...lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZQ=='];

/** Returns one conversation for each kind of request, upgrade and tunnel. @param token an access token */
export const conversations = (token: string): readonly Conversation[] => {
  const bearer = `Authorization: Bearer ${token}`;
  const get = (path: string, ...headers: string[]) => head(`GET ${path} HTTP/1.1`, 'Host: g', ...headers);
  const json = ['Content-Type: application/json'];
  const post = (path: string, ...headers: string[]) => head(`POST ${path} HTTP/1.1`, 'Host: g', bearer, ...json, ...headers);
  const small = get('/health/live').repeat(5);
  const connectTo = head('CONNECT a:1 HTTP/1.1');
  return [
    { name: 'a page', bytes: get('/health/live') },
    { name: 'a large page', bytes: get('/api-docs/swagger-ui-bundle.js') },
    { name: 'a query', bytes: get('/participations', bearer) },
    { name: 'a live stream', bytes: get('/audit/stream', bearer) },
    { name: 'a rejected query', bytes: get('/claims') },
    { name: 'a path that is not canonical', bytes: get('//claims/%61') },
    { name: 'a HEAD', bytes: head('HEAD /participations HTTP/1.1', 'Host: g', bearer) },
    { name: 'a command with Content-Length', bytes: `${post('/events/e1/completion', 'Content-Length: 15')}{"requestId":1}` },
    {
      name: 'a command in chunks',
      bytes: `${post('/events/e1/completion', 'Transfer-Encoding: chunked')}1\r\n{\r\n1\r\n}\r\n0\r\n\r\n`,
    },
    {
      name: 'a command that expects 100 Continue',
      bytes: `${post('/events/e1/completion', 'Expect: 100-continue', 'Content-Length: 2')}{}`,
    },
    { name: 'a rejected body', bytes: `${head('POST /events HTTP/1.1', 'Host: g', ...json, 'Content-Length: 9')}{"a":"b"}` },
    { name: 'a body on a route without one', bytes: `${head('DELETE /events HTTP/1.1', 'Host: g', 'Content-Length: 5')}12345` },
    {
      name: 'a preflight',
      bytes: head('OPTIONS /events HTTP/1.1', 'Host: g', 'Origin: https://a.b', 'Access-Control-Request-Method: GET'),
    },
    { name: 'a WebSocket', bytes: get('/audit/stream', ...UPGRADE) },
    {
      name: 'another upgrade',
      bytes: get('/health', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'),
    },
    { name: 'a tunnel', bytes: connectTo },
    { name: 'a tunnel in use', bytes: `${head('CONNECT a:1 HTTP/1.1', 'Host: a:1')}\x16\x03\x01\x02\x00${'x'.repeat(40)}` },
    { name: 'a tunnel after requests', bytes: small + connectTo },
    { name: 'not HTTP/1', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
    { name: 'requests followed by nonsense', bytes: `${small}nonsense\r\n\r\n` },
    { name: 'pipelined pages', bytes: get('/health/live').repeat(20) },
    { name: 'pipelined large pages', bytes: get('/api-docs/swagger-ui-bundle.js').repeat(8) },
    { name: 'pipelined queries', bytes: get('/participations', bearer).repeat(3) },
    { name: 'pipelined live streams', bytes: get('/audit/stream', bearer).repeat(3) },
    {
      name: 'commands behind a live stream',
      bytes: get('/audit/stream', bearer) + post('/events/e1/completion', 'Content-Length: 0'),
    },
  ];
};

export interface FuzzOptions {
  readonly ports: readonly number[];
  readonly conversations: readonly Conversation[];
  readonly seed: number;
  /** Minimum duration. Rounds continue until every port has had every byte of every conversation as the last one. */
  readonly forMs: number;
  readonly atOnce?: number;
}

export interface FuzzReport {
  readonly rounds: number;
  /** Rounds in which the server answered before its connection was broken. */
  readonly answered: number;
}

interface Round {
  readonly port: number;
  readonly bytes: string;
}

const CLOSE_DELAY_MS = 40;

/**
 * Opens connections, sends the first bytes of a conversation on each, and breaks them. A connection is reset, destroyed or ended:
 * immediately, during the answer, or without reading it. Every byte of every conversation is the last one at least once.
 */
export const fuzzResets = async ({ ports, conversations: all, seed, forMs, atOnce = 8 }: FuzzOptions): Promise<FuzzReport> => {
  const random = randomFrom(seed);
  const endsAt = performance.now() + forMs;
  const everyRound = ports.flatMap((port) =>
    all.flatMap(({ bytes }) => Array.from({ length: bytes.length }, (_, last) => ({ port, bytes: bytes.slice(0, last + 1) }))),
  );
  const pending = [...shuffled(random, everyRound)];
  const report = { rounds: 0, answered: 0 };
  const next = (): Round | undefined => pending.pop() ?? (performance.now() < endsAt ? pick(random, everyRound) : undefined);
  const work = async (): Promise<void> => {
    for (let round = next(); round; round = next()) {
      if (await breakConnection(round, random)) report.answered += 1;
      report.rounds += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return report;
};

/** Runs one round. @returns whether the server answered before the connection broke */
const breakConnection = ({ port, bytes }: Round, random: Random): Promise<boolean> =>
  new Promise((resolve) => {
    const ending = pick(random, ['reset', 'reset', 'reset', 'destroy', 'end'] as const);
    const moment = pick(random, ['at once', 'at once', 'on answer', 'unread'] as const);
    let isAnswered = false;
    const socket: Socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes, 'latin1', () => {
        if (moment === 'at once') end();
        else timer = setTimeout(end, CLOSE_DELAY_MS);
      });
    });
    let timer: NodeJS.Timeout | undefined;
    const end = (): void => {
      clearTimeout(timer);
      if (ending === 'reset') socket.resetAndDestroy();
      else if (ending === 'destroy') socket.destroy();
      else {
        socket.end();
        timer = setTimeout(() => socket.destroy(), CLOSE_DELAY_MS);
      }
    };
    if (moment !== 'unread') {
      socket.on('data', () => {
        isAnswered = true;
        if (moment === 'on answer') end();
      });
    }
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(isAnswered);
    });
  });
