import { randomBytes, randomUUID } from 'node:crypto';
import { keyOfDeadLetter, START, streams, valueOfDeadLetter, type DeadLettered } from '@rewards/contracts';
import { derivedId } from '@rewards/service-kit/derived-id';
import { type Fact } from '@rewards/contracts/testing/sample-events';
import { dataOf, problemOf, send } from '@rewards/testing/http';
import { until } from '@rewards/testing/until';
import {
  A_POSITION,
  advanceClock,
  bus,
  createEvent,
  factsOf,
  given,
  HOUR,
  iso,
  newAccount,
  operator,
  post,
  readProgress,
  service,
  stopClock,
  store,
  useCommandService,
  type Account,
} from './harness';

const NOW = '2026-11-08T00:00:00.000Z';

/** The domain events of a dead letter that an operator handled. */
const handled = (deadLetterId: string, type: 'MessageRedriven' | 'MessageDiscarded'): [Fact, Fact] => {
  const stream = streams.deadLetter(deadLetterId);
  const origin = { topic: 'logins', partition: 0, offset: '7', key: 'k', payload: '{', error: 'e', attempts: 1, at: NOW };
  return [
    { stream, event: { type: 'MessageDeadLettered', data: { deadLetterId, ...origin } } },
    { stream, event: { type, data: { deadLetterId, by: operator.accountId, at: NOW } } },
  ];
};

describe('dead letters', () => {
  useCommandService();

  const letters = async (): Promise<Map<string, string>> => {
    const ids = new Map<string, string>();
    for await (const batch of store.subscribe({ after: START, prefixes: ['deadLetter-'] })) {
      for (const { type, data } of batch.events) {
        const { deadLetterId, payload } = data as { deadLetterId: string; payload: string };
        if (type === 'MessageDeadLettered') ids.set(payload, deadLetterId);
      }
      if (batch.caughtUp) break;
    }
    return ids;
  };
  /** Publishes a message that becomes a dead letter. */
  const newDeadLetter = async (value: string, key: string = randomUUID(), topic = 'logins'): Promise<string> => {
    await bus.publish(topic, [{ key, value }]);
    await until('a dead letter', async () => (await letters()).has(value));
    return (await letters()).get(value) ?? '';
  };
  const typesOf = async (id: string) => (await factsOf(streams.deadLetter(id))).map(({ type }) => type);
  const loginOf = ({ accountId }: Account, overrides: object = {}) => {
    const loginId = randomUUID();
    const event = { type: 'LoggedIn', data: { loginId, accountId, at: iso(0) } };
    return JSON.stringify({ messageId: loginId, event, actor: { accountId, roles: ['USER'] }, correlationId: 'c', ...overrides });
  };

  it('are published unchanged by a redrive, which is recorded with its operator', async () => {
    const value = `poison ${randomUUID()}`;
    const id = await newDeadLetter(value);
    stopClock(NOW);
    expect(await post(operator, `/dead-letters/${id}/redrive`)).toEqual(
      dataOf(202, { id, status: 'REDRIVEN' }, { 'x-position': A_POSITION }),
    );
    const [, redriven] = handled(id, 'MessageRedriven');
    expect((await factsOf(streams.deadLetter(id))).slice(1)).toEqual([redriven.event]);
    // It is still poison, so it becomes another dead letter.
    await until(
      'another dead letter',
      async () => (await letters()).get(value),
      (value) => value !== id,
    );
  });

  it('keep their headers, also in the message that a redrive publishes', async () => {
    const value = `poison ${randomUUID()}`;
    const headers = { ce_id: randomUUID(), 계정: '극한성장의 비약', Upper_Case: '', large: 'x'.repeat(8_192) };
    await bus.publish('logins', [{ key: randomUUID(), value, headers }]);
    await until('a dead letter', async () => (await letters()).has(value));
    const id = (await letters()).get(value) ?? '';
    expect((await factsOf(streams.deadLetter(id)))[0]?.data.headers).toEqual(headers);
    expect((await post(operator, `/dead-letters/${id}/redrive`)).status).toBe(202);
    await until(
      'another dead letter',
      async () => (await letters()).get(value),
      (other) => other !== id,
    );
    expect((await factsOf(streams.deadLetter((await letters()).get(value) ?? '')))[0]?.data.headers).toEqual(headers);
  });

  it('take effect at most once, regardless of the number of redrives', async () => {
    const eventId = await createEvent();
    const player = newAccount('USER');
    const login = loginOf(player);
    await bus.publish('logins', [{ key: player.accountId, value: login }]);
    await until(
      '1 counted login',
      async () => await readProgress(eventId, player),
      (value) => value === 1,
    );
    // The same login cannot be handled on the wrong topic, and publishing it again does not count it twice.
    const id = await newDeadLetter(login, player.accountId, 'accounts');
    expect((await post(operator, `/dead-letters/${id}/redrive`)).status).toBe(202);
    await bus.publish('logins', [
      { key: player.accountId, value: login },
      { key: player.accountId, value: loginOf(player) },
    ]);
    await until(
      '2 counted logins',
      async () => await readProgress(eventId, player),
      (value) => value === 2,
    );
    expect(await readProgress(eventId, player)).toBe(2);
  });

  it('are discarded, which is recorded with its operator', async () => {
    stopClock(NOW);
    const id = randomUUID();
    const [lettered, discarded] = handled(id, 'MessageDiscarded');
    await given(lettered)
      .when({ path: `/dead-letters/${id}/discard`, as: operator, body: {} })
      .thenResponds(dataOf(200, { id, status: 'DISCARDED' }, { 'x-position': A_POSITION }), discarded);
  });

  it.each(['redrive', 'discard'])('reject a second %s', async (second) => {
    for (const first of ['redrive', 'discard']) {
      const id = randomUUID();
      await given(...handled(id, first === 'redrive' ? 'MessageRedriven' : 'MessageDiscarded'))
        .when({ method: 'POST', path: `/dead-letters/${id}/${second}`, as: operator })
        .thenResponds(problemOf(409, 'ALREADY_HANDLED', { state: first === 'redrive' ? 'REDRIVEN' : 'DISCARDED' }));
    }
  });

  it('accept one of ten concurrent discards', async () => {
    const id = await newDeadLetter(`poison ${randomUUID()}`);
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(operator, `/dead-letters/${id}/discard`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    expect(await typesOf(id)).toEqual(['MessageDeadLettered', 'MessageDiscarded']);
  });

  it('are redriven without a change to their bytes', async () => {
    const [key, value] = [Buffer.from([0xff, 0xfe]), Buffer.concat([Buffer.from([0xb1, 0xd8, 0xc7, 0xd1]), randomBytes(8)])];
    const lettersOfValue = async () => {
      const ids: string[] = [];
      for await (const batch of store.subscribe({ after: START, prefixes: ['deadLetter-'] })) {
        for (const { type, data } of batch.events)
          if (type === 'MessageDeadLettered' && valueOfDeadLetter(data as DeadLettered)?.equals(value)) {
            expect(keyOfDeadLetter(data as DeadLettered)).toEqual(key);
            ids.push((data as DeadLettered).deadLetterId);
          }
        if (batch.caughtUp) break;
      }
      return ids;
    };
    await bus.publish('logins', [{ key, value }]);
    await until(
      'a dead letter',
      async () => (await lettersOfValue()).length,
      (value) => value === 1,
    );
    const [id] = await lettersOfValue();
    expect((await post(operator, `/dead-letters/${id}/redrive`)).status).toBe(202);
    // It is still not UTF-8, so it becomes another dead letter with the same bytes.
    await until(
      'a second dead letter',
      async () => (await lettersOfValue()).length,
      (value) => value === 2,
    );
  });

  it('are accepted after a redrive once their time is within a day', async () => {
    const eventId = await createEvent({ endsAt: iso(30 * 24 * HOUR) });
    const player = newAccount('USER');
    const loginId = randomUUID();
    const at = iso(25 * HOUR);
    const id = await newDeadLetter(
      loginOf(player, {
        messageId: loginId,
        event: { type: 'LoggedIn', data: { loginId, accountId: player.accountId, at } },
      }),
      player.accountId,
    );
    expect(await factsOf(streams.login(player.accountId, at))).toEqual([]);
    advanceClock(2 * HOUR);
    expect((await post(operator, `/dead-letters/${id}/redrive`)).status).toBe(202);
    await until(
      '1 counted login',
      async () => await readProgress(eventId, player),
      (value) => value === 1,
    );
  });

  it('reject a redrive if they were not stored completely', async () => {
    const key = randomUUID();
    await bus.publish('logins', [{ key, value: Buffer.alloc(1_100_000, 'x') }]);
    const cut = async () => {
      for await (const batch of store.subscribe({ after: START, prefixes: ['deadLetter-'] })) {
        const letter = batch.events.find(({ data }) => (data as DeadLettered).key === key);
        if (letter) return letter.data as DeadLettered;
        if (batch.caughtUp) return null;
      }
      return null;
    };
    await until('the shortened dead letter', async () => (await cut()) !== null);
    const { deadLetterId: id, isCut } = (await cut())!;
    expect(isCut).toBe(true);
    expect(await post(operator, `/dead-letters/${id}/redrive`)).toEqual(problemOf(409, 'MESSAGE_CUT'));
    expect((await post(operator, `/dead-letters/${id}/discard`)).status).toBe(200);
  });

  it.each(['redrive', 'discard'])('require an operator and an existing dead letter for a %s', async (action) => {
    const id = await newDeadLetter(`poison ${randomUUID()}`);
    expect((await post(null, `/dead-letters/${id}/${action}`)).status).toBe(401);
    for (const role of ['USER', 'AUDITOR'] as const) {
      expect((await post(newAccount(role), `/dead-letters/${id}/${action}`)).status).toBe(403);
    }
    for (const unknown of [derivedId('logins', 9, '9'), 'x']) {
      const { status, body } = await post(operator, `/dead-letters/${unknown}/${action}`);
      expect([status, body.code]).toEqual([404, 'NOT_FOUND']);
    }
    const { status, body } = await post(operator, `/dead-letters/${id}/${action}`, { because: 'x' });
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect((await post(newAccount('ADMIN'), `/dead-letters/${id}/${action}`)).status).toBe(action === 'redrive' ? 202 : 200);
  });

  it('appear in the metrics, along with the lag of the bus and the counter', async () => {
    await newDeadLetter(`poison ${randomUUID()}`);
    const { text } = await send(service.app, { path: '/metrics' });
    expect(text).toMatch(/^dead_letters_total\{.*\} [1-9]/m);
    expect(text).toMatch(/^bus_lag_messages\{topic="logins".*\} \d/m);
    expect(text).toMatch(/^counter_lag_seconds\{.*\} \d/m);
    expect(text).toMatch(/^append_conflicts_total\{.*\} \d/m);
    expect(text).toMatch(/^append_retries_total\{.*\} \d/m);
    expect(text).toMatch(/^intake_retries_total\{.*\} \d/m);
  });
});
