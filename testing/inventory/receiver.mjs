import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import Database from 'libsql';
import { Webhook } from 'standardwebhooks';

const { SECRET, PORT = '4011', FILE = 'game.db' } = process.env;
const webhook = new Webhook(SECRET);
const database = new Database(FILE);
database.exec('PRAGMA journal_mode = WAL');
database.exec('PRAGMA synchronous = FULL');
database.exec('CREATE TABLE IF NOT EXISTS deliveries (id TEXT PRIMARY KEY)');
database.exec('CREATE TABLE IF NOT EXISTS items (player TEXT, item TEXT, amount INTEGER, PRIMARY KEY (player, item))');
const remember = database.prepare('INSERT INTO deliveries (id) VALUES (?) ON CONFLICT DO NOTHING');
const add = database.prepare(
  'INSERT INTO items VALUES (?, ?, ?) ON CONFLICT (player, item) DO UPDATE SET amount = amount + excluded.amount',
);

/** Grants a reward unless this delivery was handled before. Both rows are written in one transaction, or neither is. */
const grantOnce = database.transaction((id, { accountId, itemCode, rewardName, amount }) => {
  if (remember.run(id).changes === 1) add.run(accountId, itemCode ?? rewardName, amount);
});

/** Returns the status with which a message is answered. */
const handle = async (request) => {
  const body = await text(request);
  let message;
  try {
    message = webhook.verify(body, request.headers);
  } catch {
    return 401;
  }
  if (message.type === 'delivery.test') return 204;
  // Parked until an operator resends it, for example after this receiver has learned the type.
  if (message.type !== 'reward.claimed') return 422;
  grantOnce(request.headers['webhook-id'], message.data);
  return 204;
};

createServer((request, response) => {
  handle(request).then(
    (status) => response.writeHead(status).end(),
    (error) => {
      console.error(error);
      response.writeHead(500).end(); // The delivery is retried.
    },
  );
}).listen(Number(PORT), '127.0.0.1', () => console.log(`Listening on port ${PORT}.`));
