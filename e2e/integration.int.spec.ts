import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { openEmbeddedMessageBus } from '@rewards/message-bus/adapters/embedded';
import { reportSkipped } from '@rewards/testing/report-skipped';
import { until } from '@rewards/testing/until';
import { ADMIN, startInProcess, type InProcess } from './api/in-process';
import { Client } from './testing/client';

const { KAFKA_BROKERS } = process.env;
const EXAMPLE = join(__dirname, '../docs/examples/publish-logins.mjs');
const PATIENCE = { withinMs: 60_000 };
const HOUR = 3_600_000;
const run = promisify(execFile);
const iso = (offset: number): string => new Date(Date.now() + offset).toISOString();

/** A message of a producer that shares no code with this system. */
interface ForeignMessage {
  readonly topic?: string;
  readonly key: string | null;
  readonly value: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Producer {
  publish(...messages: readonly ForeignMessage[]): Promise<void>;
  close(): Promise<void>;
}

const onEmbeddedBus = async ({ settings }: InProcess): Promise<Producer> => {
  const bus = openEmbeddedMessageBus({ directory: join(settings.dataDir, 'bus') });
  return {
    publish: async (...messages) => {
      for (const { topic = 'logins', ...message } of messages) await bus.publish(topic, [message]);
    },
    close: () => bus.close(),
  };
};

const onKafka = (brokers: string) => async (): Promise<Producer> => {
  const kafka = new Kafka({ clientId: 'some-game', brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  return {
    publish: async (...messages) => {
      for (const { topic = 'logins', ...message } of messages) await producer.send({ topic, messages: [message] });
    },
    close: () => producer.disconnect(),
  };
};

// A process can start only one gateway, so the broker of the settings replaces the embedded bus.
const [BUS, openProducer] = KAFKA_BROKERS
  ? (['Kafka', onKafka(KAFKA_BROKERS)] as const)
  : (['the embedded bus', onEmbeddedBus] as const);
const environment = KAFKA_BROKERS ? { KAFKA_BROKERS } : {};
if (!KAFKA_BROKERS) reportSkipped('a foreign producer on Kafka', 'no KAFKA_BROKERS');

describe(`a game with its own login server on ${BUS}`, () => {
  let system: InProcess;
  let producer: Producer;
  let operator: Client;
  let eventId: string;

  beforeAll(async () => {
    system = await startInProcess(Date.now, environment);
    producer = await openProducer(system);
    const admin = new Client(system, ADMIN.email, ADMIN.password);
    await admin.logIn();
    operator = await Client.withRoles(system, admin, 'OPERATOR');
    const created = await operator.post('/events', {
      name: '접속 이벤트',
      startsAt: iso(-24 * HOUR),
      endsAt: iso(48 * HOUR),
      condition: { type: 'LOGIN_COUNT', count: 3 },
      rewards: [{ name: '극한성장의 비약', type: 'ITEM', amount: 100 }],
      autoClaim: true,
      publish: true,
      confirmPast: true,
    });
    expect(created.status).toBe(201);
    eventId = created.body.data.eventId;
  }, 120_000);
  afterAll(async () => {
    await producer.close();
    await system.stop();
  }, 60_000);

  const login = (accountId: string, loginId: string = randomUUID(), at = iso(0)) => ({
    messageId: loginId,
    event: { type: 'LoggedIn', data: { loginId, accountId, at } },
    actor: { service: 'some-game' },
    correlationId: 'some-correlation',
  });
  const messageOf = (accountId: string, message: object = login(accountId), headers?: ForeignMessage['headers']) => ({
    key: accountId,
    value: JSON.stringify(message),
    ...(headers && { headers }),
  });
  const countedLogins = async (accountId: string): Promise<readonly string[]> => {
    const { body } = await operator.get(`/audit?accountId=${accountId}&eventId=${eventId}&type=LoginCounted`);
    const facts = body.data as readonly { readonly data: { readonly loginId: string } }[];
    return facts.map(({ data }) => data.loginId).reverse();
  };
  const counts = async (accountId: string, ...loginIds: readonly string[]) => {
    const isCounted = (counted: readonly string[]) => loginIds.every((id) => counted.includes(id));
    return until('the logins to be counted', () => countedLogins(accountId), isCounted, PATIENCE);
  };
  const deadLetterWith = async (key: string | null, text: string) => {
    const { body } = await until(
      'the dead letter',
      () => operator.get('/dead-letters?topic=logins&limit=100'),
      (answer) =>
        answer.body.data.some(
          (letter: { key: string | null; payload: string | null }) => letter.key === key && letter.payload?.includes(text),
        ),
      PATIENCE,
    );
    const [found] = body.data.filter((letter: { payload: string | null }) => letter.payload?.includes(text));
    return (await operator.get(`/dead-letters/${found.id}`)).body.data;
  };

  it('has its logins counted once each, with and without headers, however often they are repeated', async () => {
    const accountId = randomUUID();
    const [first, second] = [randomUUID(), randomUUID()];
    const headers = { ce_specversion: '1.0', ce_id: first, ce_source: '/some-game', ce_type: 'LoggedIn' };
    await producer.publish(
      messageOf(accountId, login(accountId, first), headers),
      messageOf(accountId, login(accountId, first)),
      messageOf(accountId, login(accountId, first, iso(-HOUR)), { unknown: 'header' }),
      messageOf(accountId, { ...login(accountId, second), additional: 'members are ignored' }),
    );
    expect(await counts(accountId, second)).toEqual([first, second]);
  });

  it('has a late login counted by its own time, and one outside the window not', async () => {
    const accountId = randomUUID();
    const [before, late, last] = [randomUUID(), randomUUID(), randomUUID()];
    await producer.publish(
      messageOf(accountId, login(accountId, before, iso(-25 * HOUR))),
      messageOf(accountId, login(accountId, late, iso(-23 * HOUR))),
      messageOf(accountId, login(accountId, last, iso(23 * HOUR))),
    );
    expect(await counts(accountId, last)).toEqual([late, last]);
  });

  it('is counted and rewarded for accounts that auth-service does not know, which support finds by other ids', async () => {
    const accountId = randomUUID();
    const loginIds = [randomUUID(), randomUUID(), randomUUID()];
    await producer.publish(...loginIds.map((loginId) => messageOf(accountId, login(accountId, loginId))));
    await counts(accountId, ...loginIds);
    const claims = await until(
      'the automatic claim',
      () => operator.get(`/claims?accountId=${accountId}`),
      ({ body }) => body.data.length > 0,
      PATIENCE,
    );
    const [{ email, amount, status }, ...others] = claims.body.data;
    expect([email, amount, status, others]).toEqual([null, 100, 'SUCCESS', []]);
    expect((await operator.get(`/players/${accountId}`)).status).toBe(404);
    expect((await operator.get(`/participations/${eventId}/${accountId}`)).status).toBe(404);
    expect((await operator.get(`/players?q=${accountId}`)).body.data).toEqual([]);
    expect((await operator.get(`/players?q=${loginIds[0]}`)).body.data).toEqual([
      { accountId, email: null, matchedBy: 'loginId' },
    ]);

    const registered = {
      ...login(accountId, randomUUID()),
      event: { type: 'AccountRegistered', data: { accountId, roles: ['USER'], at: iso(0) } },
    };
    await producer.publish({ topic: 'accounts', ...messageOf(accountId, registered) });
    await until(
      'the account',
      () => operator.get(`/players/${accountId}`),
      ({ status }) => status === 200,
      PATIENCE,
    );
    expect((await operator.get(`/players?q=${accountId}`)).body.data).toEqual([
      { accountId, email: null, matchedBy: 'accountId' },
    ]);
  });

  it.each<[string, (message: ReturnType<typeof login>) => unknown, string]>([
    ['no JSON', ({ messageId }) => `{"messageId":"${messageId}"`, 'MalformedMessage: not JSON'],
    [
      'another messageId',
      (message) => ({ ...message, messageId: randomUUID() }),
      'MalformedMessage: loginId is not the messageId',
    ],
    ['no actor', ({ actor: _, ...message }) => message, 'MalformedMessage: actor is not an object'],
    ['no correlationId', (message) => ({ ...message, correlationId: '' }), 'MalformedMessage: correlationId is not a short text'],
    [
      'a time with an offset',
      (message) => ({
        ...message,
        event: { ...message.event, data: { ...message.event.data, at: '2026-11-01T09:00:00+09:00' } },
      }),
      'MalformedMessage: at is not a UTC time',
    ],
    [
      'an id in capitals',
      (message) => ({
        ...message,
        event: { ...message.event, data: { ...message.event.data, loginId: message.messageId.toUpperCase() } },
      }),
      'MalformedMessage: loginId is not an id',
    ],
    [
      'an unknown type',
      (message) => ({ ...message, event: { ...message.event, type: 'LoggedOut' } }),
      'MalformedMessage: event.type is unknown',
    ],
  ])('sees a message with %s as a dead letter, and the next message counted', async (_case, change, error) => {
    const [accountId, next] = [randomUUID(), randomUUID()];
    const message = login(accountId);
    const changed = change(message);
    const value = typeof changed === 'string' ? changed : JSON.stringify(changed);
    const headers = { ce_id: message.messageId, 'content-type': 'application/json' };
    await producer.publish({ key: accountId, value, headers }, messageOf(accountId, login(accountId, next)));
    expect(await counts(accountId, next)).toEqual([next]);
    const letter = await deadLetterWith(accountId, value.slice(0, 60));
    const { payload, attempts, status } = letter;
    expect([letter.key, payload, letter.headers, letter.error, attempts, status]).toEqual([
      ...[accountId, value, headers],
      ...[error, 1, 'OPEN'],
    ]);
  });

  it.each([
    ['another key', 'player-7', 'MalformedMessage: the key is not the accountId'],
    ['no key', null, 'MalformedMessage: the message has no key'],
  ])(
    'sees a login with %s as a dead letter, and can publish the same login again with the right one',
    async (_case, key, error) => {
      const accountId = randomUUID();
      const message = login(accountId);
      await producer.publish({ key, value: JSON.stringify(message) });
      const letter = await deadLetterWith(key, message.messageId);
      expect([letter.key, letter.error, letter.headers]).toEqual([key, error, {}]);
      await producer.publish(messageOf(accountId, message));
      expect(await counts(accountId, message.messageId)).toEqual([message.messageId]);
      expect((await operator.post(`/dead-letters/${letter.id}/discard`)).status).toBe(200);
    },
  );

  it('sees a login more than a day ahead of the clock as a dead letter', async () => {
    const accountId = randomUUID();
    const message = login(accountId, randomUUID(), iso(25 * HOUR));
    await producer.publish(messageOf(accountId, message));
    expect((await deadLetterWith(accountId, message.messageId)).error).toMatch(/^MessageFromTheFuture: at is /);
  });

  it('can use the example of the documentation', async () => {
    const accountId = randomUUID();
    const env = { PATH: process.env.PATH, DATA_DIR: system.settings.dataDir, ...environment };
    const publish = async (...more: readonly string[]) => {
      const { stdout } = await run(process.execPath, [EXAMPLE, accountId, ...more], { env });
      return stdout.trim();
    };
    const first = await publish();
    const second = await publish(iso(-HOUR));
    expect(await publish(iso(0), first)).toBe(first);
    const last = await publish();
    expect((await counts(accountId, last)).toSorted()).toEqual([first, second, last].toSorted());
  });
});
