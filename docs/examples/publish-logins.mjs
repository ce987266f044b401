import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kafka } from 'kafkajs';

/*
 * A game with its own login server publishes its logins. docs/integration.md explains the message.
 *
 *   KAFKA_BROKERS=127.0.0.1:9092 node docs/examples/publish-logins.mjs <accountId> [<time>] [<loginId>]
 *   DATA_DIR=./data node docs/examples/publish-logins.mjs <accountId> [<time>] [<loginId>]     a trial without Kafka
 */

/** Your server as the source of its messages, a URI reference that never changes. */
const SOURCE = '/my-game/login-server';

/**
 * Returns the message of one login.
 * @param login.loginId a UUID that you create and store with the login; a message that repeats it is not counted again
 * @param login.accountId the player's account, a UUID
 * @param login.at when the player logged in, a Date
 */
export const loginMessage = ({ loginId, accountId, at }) => ({
  key: accountId,
  value: JSON.stringify({
    messageId: loginId,
    event: { type: 'LoggedIn', data: { loginId, accountId, at: at.toISOString() } },
    actor: { service: 'my-game' },
    correlationId: loginId,
  }),
  headers: {
    ce_specversion: '1.0',
    ce_id: loginId,
    ce_source: SOURCE,
    ce_type: 'LoggedIn',
    ce_time: at.toISOString(),
    ce_subject: accountId,
    'content-type': 'application/json',
  },
});

/** Connects a producer that keeps the order of its messages and stores each one once, also if it retries. */
export const connectProducer = async (brokers) => {
  const kafka = new Kafka({ clientId: 'my-game-login-server', brokers });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  await producer.connect();
  return producer;
};

/** Publishes logins, and returns when all replicas have them. If it throws, publish the same logins again. */
export const publishLogins = async (producer, logins) => {
  await producer.send({ topic: 'logins', acks: -1, messages: logins.map(loginMessage) });
};

/** Publishes logins to the embedded bus of a system on this machine that runs from this checkout, for a trial. */
const publishToEmbeddedBus = async (dataDir, logins) => {
  const { openEmbeddedMessageBus } = createRequire(import.meta.url)('@rewards/message-bus/adapters/embedded');
  const bus = openEmbeddedMessageBus({ directory: join(dataDir, 'bus') });
  await bus.publish('logins', logins.map(loginMessage));
  await bus.close();
};

const main = async ([accountId, time = new Date().toISOString(), loginId = randomUUID()]) => {
  const { KAFKA_BROKERS, DATA_DIR } = process.env;
  if (!accountId || (!KAFKA_BROKERS && !DATA_DIR)) throw new Error('Pass an accountId, and set KAFKA_BROKERS or DATA_DIR.');
  const login = { loginId, accountId, at: new Date(time) };
  if (KAFKA_BROKERS) {
    const producer = await connectProducer(KAFKA_BROKERS.split(','));
    try {
      await publishLogins(producer, [login]);
    } finally {
      await producer.disconnect();
    }
  } else {
    await publishToEmbeddedBus(DATA_DIR, [login]);
  }
  process.stdout.write(`${loginId}\n`);
};

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
