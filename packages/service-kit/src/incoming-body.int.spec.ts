import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { guardConnections } from './connections';
import { bodyOf } from './incoming-body';
import type { Logger } from './logger';
import { type Problem } from './problem';

const FREE_CHUNKS = 1_280;
const BYTES_PER_CHUNK = 64;

/** Chunks that Node's parser delivered, read or unread. */
let parsed = 0;
let server: Server;
const answers: (string | number)[] = [];
/** Whether the body is rejected before it is read. */
let isRefused = false;

const countChunks = (request: IncomingMessage): void => {
  const { parser } = request.socket as unknown as { parser: Record<string, unknown> };
  const slot = Object.keys(parser).find((key) => (parser[key] as { name?: string } | null)?.name === 'parserOnBody') as string;
  const handler = parser[slot] as (chunk: Buffer) => void;
  const counting = function parserOnBody(this: unknown, chunk: Buffer) {
    parsed += 1;
    handler.call(this, chunk);
  };
  parser[slot] = counting;
  // After the guard has restored its handler.
  request.socket.once('close', () => process.nextTick(() => (parser[slot] = handler)));
};

beforeAll(async () => {
  server = createServer();
  const log = () => undefined;
  guardConnections(
    server,
    (request, response) => {
      countChunks(request);
      if (isRefused) return void response.writeHead(401).end();
      bodyOf(request)
        ?.read()
        .then(
          (body) => {
            answers.push(body?.byteLength ?? 'left');
            response.end();
          },
          (error: Problem) => {
            answers.push(error.code);
            response.writeHead(error.status).end();
          },
        );
    },
    { logger: { info: log, debug: log } as unknown as Logger },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => void server.close());
beforeEach(() => {
  parsed = 0;
  answers.length = 0;
  isRefused = false;
});

/** Sends a chunked body. @returns the text that the server sends until it closes the connection, or has sent `count` responses */
const send = async (chunks: string, { path = '/auth/login', count = Infinity } = {}): Promise<string> => {
  const head = `POST ${path} HTTP/1.1\r\nHost: s\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket
    .on('error', () => undefined)
    .on('data', (data) => {
      text += data.toString();
      if (text.split('HTTP/1.1').length > count) socket.destroy();
    });
  socket.write(head + chunks);
  await once(socket, 'close');
  return text;
};
const chunksOf = (size: number, bytes: number): string => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`.repeat(bytes / size);
const END = '0\r\n\r\n';

it('accepts a small body byte by byte', async () => {
  await send(chunksOf(1, FREE_CHUNKS) + END, { count: 1 });
  expect(answers).toEqual([FREE_CHUNKS]);
});

it('accepts a large body in small chunks', async () => {
  await send(chunksOf(BYTES_PER_CHUNK, 65_536) + END, { count: 1 });
  expect(answers).toEqual([65_536]);
});

it('rejects a large body in one-byte chunks, parses none of the rest, and closes the connection', async () => {
  const answer = await send(chunksOf(1, 65_536) + END);
  expect(answers).toEqual(['VALIDATION_FAILED']);
  expect(answer).toMatch(/^HTTP\/1.1 400 [^]*Connection: close/);
  expect(parsed).toBeLessThan(FREE_CHUNKS * (1 + 1 / BYTES_PER_CHUNK) + 2);
});

it('parses no more of a body that was rejected unread', async () => {
  isRefused = true;
  await send(chunksOf(1, 65_536) + END);
  expect(parsed).toBeLessThan(FREE_CHUNKS * (1 + 1 / BYTES_PER_CHUNK) + 2);
});

it('restores the parser for later connections', async () => {
  for (let attempt = 0; attempt < 3; attempt += 1) await send(chunksOf(1, 65_536) + END);
  answers.length = 0;
  for (let attempt = 0; attempt < 3; attempt += 1) await send(chunksOf(64, 640) + END, { count: 1 });
  expect(answers).toEqual([640, 640, 640]);
});

it.each([
  ['/auth/login', 65_536],
  ['/events/e1/rewards', 65_536],
  ['/unlisted', 65_536],
  ['/events', 262_144],
  ['/events/e1/change', 262_144],
])('accepts at %s a body of %d bytes, and rejects one byte more', async (path, limit) => {
  await send(chunksOf(4_096, limit) + END, { path, count: 1 });
  await send(`${chunksOf(4_096, limit)}1\r\nx\r\n${END}`, { path, count: 1 });
  expect(answers).toEqual([limit, 'PAYLOAD_TOO_LARGE']);
});
