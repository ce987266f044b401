import '../../scripts/lib/require-node.mjs';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { readCommandLine } from '../../scripts/lib/command-line.mjs';
import { Ledger } from './ledger.mjs';
import { faultOf } from './signature.mjs';

/**
 * A small game inventory that receives rewards. `POST /control` changes how it behaves until the next change or restart:
 *
 * - `full`: accounts whose inventory is full; `["*"]` for all
 * - `delayMs`: time before each message is handled
 * - `status`: status of all answers, without handling the message (410, 503, …); null to handle them
 * - `headers`: headers of these answers, such as `{ "retry-after": "60" }`
 * - `loseAnswers`: true to handle each message, but to reset the connection before the answer
 * - `times`: number of messages for which `status` and `loseAnswers` hold; null for all
 *
 * `GET /control` returns these settings, and `GET /ledger` the ledger as NDJSON.
 */
const DEFAULTS = { full: [], delayMs: 0, status: null, headers: {}, loseAnswers: false, times: null };

const { values } = readCommandLine('inventory');
const { port = '4010', secret: secrets = [], file = 'data/inventory.db' } = values;
const ledger = new Ledger(file);
let control = { ...DEFAULTS };

const json = (response, status, body, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const isFull = (accountId) => control.full.includes('*') || control.full.includes(accountId);

/** Returns the status and body of the answer to a message. */
const handle = async (headers, body) => {
  const fault = faultOf(secrets, headers, body);
  if (fault !== null) return [401, { code: 'NOT_AUTHENTIC', detail: fault }];
  const { type, timestamp, data } = JSON.parse(body);
  if (type === 'delivery.test') return [200, {}];
  if (type !== 'reward.claimed') return [422, { code: 'UNKNOWN_TYPE', detail: `This inventory does not handle ${type}.` }];
  const reference = await ledger.grant(headers['webhook-id'], timestamp, data, isFull);
  return reference === null ? [409, { code: 'INVENTORY_FULL' }] : [200, { reference }];
};

/** Returns the current faults, and counts this message. */
const faultsOfNext = () => {
  const { status, headers, loseAnswers, times } = control;
  if (times === 0) return { status: null, headers, loseAnswers: false };
  if (times !== null && (status !== null || loseAnswers)) control.times -= 1;
  return { status, headers, loseAnswers };
};

const receive = async (request, response) => {
  const body = await buffer(request);
  const faults = faultsOfNext();
  if (control.delayMs > 0) await delay(control.delayMs);
  if (faults.status !== null) return json(response, faults.status, {}, faults.headers);
  const [status, answer] = await handle(request.headers, body);
  if (faults.loseAnswers) return request.socket.resetAndDestroy();
  return json(response, status, answer);
};

const serve = async (request, response) => {
  switch (`${request.method} ${request.url}`) {
    case 'GET /ledger':
      return response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end([...ledger.lines()].join(''));
    case 'POST /control': {
      const change = JSON.parse(await buffer(request));
      const unknown = Object.keys(change).find((name) => !Object.hasOwn(DEFAULTS, name));
      if (unknown !== undefined) return json(response, 400, { detail: `There is no setting ${unknown}.` });
      control = { ...control, ...change };
      return json(response, 200, control);
    }
    case 'GET /control':
      return json(response, 200, control);
    default:
      return request.method === 'POST' ? receive(request, response) : json(response, 404, {});
  }
};

if (values.ledger) {
  // A pipe such as `| head` may close early.
  process.stdout.on('error', () => process.exit());
  for (const line of ledger.lines()) process.stdout.write(line);
  ledger.close();
} else if (secrets.length === 0) {
  process.stderr.write('--secret is missing. The endpoint shows it when it is added, and when it is rotated.\n');
  process.exitCode = 2;
} else {
  const server = createServer((request, response) => {
    serve(request, response).catch((error) => {
      process.stderr.write(`${error.stack}\n`);
      if (!response.headersSent) json(response, 500, {});
    });
  });
  const stop = () => {
    server.close(() => ledger.close());
    server.closeIdleConnections();
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  // A parent that opened a channel, such as the demo, has exited; perhaps before this line.
  process.once('disconnect', () => process.exit());
  if (process.connected === false) process.exit();
  process.channel?.unref();
  server.listen(Number(port), '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}/rewards\n`));
}
