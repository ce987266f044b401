import { randomBytes, randomUUID } from 'node:crypto';
import { isToken, keyOfDeadLetter, streams, valueOfDeadLetter, type DeadLettered, START } from '@rewards/contracts';
import { derivedId } from '@rewards/service-kit/derived-id';
import {
  advanceClock,
  bus,
  createEvent,
  factsOf,
  HOUR,
  iso,
  newAccount,
  operator,
  post,
  progressOf,
  service,
  store,
  until,
  useCommandService,
  type Account,
} from './harness';

describe('dead letters', () => {
  useCommandService();

  const letters = async (): Promise<Map<string, string>> => {
    const found = new Map<string, string>();
    for await (const batch of store.subscribe({ after: START, prefixes: ['deadLetter-'] })) {
      for (const { type, data } of batch.events) {
        const { deadLetterId, payload } = data as { deadLetterId: string; payload: string };
        if (type === 'MessageDeadLettered') found.set(payload, deadLetterId);
      }
      if (batch.caughtUp) break;
    }
    return found;
  };
  /** Publishes a message that becomes a dead letter. */
  const newDeadLetter = async (value: string, key: string = randomUUID(), topic = 'logins'): Promise<string> => {
    await bus.publish(topic, [{ key, value }]);
    await until(async () => (await letters()).has(value));
    return (await letters()).get(value) ?? '';
  };
  const typesOf = async (id: string) => (await factsOf(streams.deadLetter(id))).map(({ type }) => type);
  const loginOf = ({ accountId }: Account, overrides: object = {}) => {
    const loginId = randomUUID();
    const event = { type: 'LoggedIn', data: { loginId, accountId, at: iso(0) } };
    return JSON.stringify({ messageId: loginId, event, actor: { accountId, roles: ['USER'] }, correlationId: 'c', ...overrides });
  };

  it('are sent again, as they were, and that is recorded with who did it', async () => {
    const value = `poison ${randomUUID()}`;
    const id = await newDeadLetter(value);
    const { status, data, headers } = await post(operator, `/dead-letters/${id}/redrive`);
    expect([status, data]).toEqual([202, { id, status: 'REDRIVEN' }]);
    expect(isToken(String(headers['x-position']))).toBe(true);
    const [, redriven] = await factsOf(streams.deadLetter(id));
    expect(redriven).toMatchObject({ type: 'MessageRedriven', data: { deadLetterId: id, by: operator.accountId } });
    // It is still poison, so it comes back as a dead letter of its own.
    await until(async () => (await letters()).get(value) !== id);
  });

  it('have their effect at most once, however often they are sent', async () => {
    const eventId = await createEvent();
    const player = newAccount('USER');
    const login = loginOf(player);
    await bus.publish('logins', [{ key: player.accountId, value: login }]);
    await until(async () => (await progressOf(eventId, player)) === 1);
    // The same login on the wrong topic cannot be handled there, nor does sending it again count it twice.
    const id = await newDeadLetter(login, player.accountId, 'accounts');
    expect((await post(operator, `/dead-letters/${id}/redrive`)).status).toBe(202);
    await bus.publish('logins', [
      { key: player.accountId, value: login },
      { key: player.accountId, value: loginOf(player) },
    ]);
    await until(async () => (await progressOf(eventId, player)) === 2);
    expect(await progressOf(eventId, player)).toBe(2);
  });

  it('are discarded for good, with who did it', async () => {
    const id = await newDeadLetter(`poison ${randomUUID()}`);
    const { status, data } = await post(operator, `/dead-letters/${id}/discard`, {});
    expect([status, data]).toEqual([200, { id, status: 'DISCARDED' }]);
    expect(await factsOf(streams.deadLetter(id))).toMatchObject([
      { type: 'MessageDeadLettered' },
      { type: 'MessageDiscarded', data: { by: operator.accountId } },
    ]);
  });

  it.each(['redrive', 'discard'])('are handled once: a second %s is refused', async (second) => {
    for (const first of ['redrive', 'discard']) {
      const id = await newDeadLetter(`poison ${randomUUID()}`);
      await post(operator, `/dead-letters/${id}/${first}`);
      const refused = await post(operator, `/dead-letters/${id}/${second}`);
      expect([refused.status, refused.body]).toMatchObject([
        409,
        { code: 'ALREADY_HANDLED', state: first === 'redrive' ? 'REDRIVEN' : 'DISCARDED' },
      ]);
      expect(await typesOf(id)).toHaveLength(2);
    }
  });

  it('let one of ten discards through', async () => {
    const id = await newDeadLetter(`poison ${randomUUID()}`);
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(operator, `/dead-letters/${id}/discard`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    expect(await typesOf(id)).toEqual(['MessageDeadLettered', 'MessageDiscarded']);
  });

  it('are redriven byte for byte', async () => {
    const [key, value] = [Buffer.from([0xff, 0xfe]), Buffer.concat([Buffer.from([0xb1, 0xd8, 0xc7, 0xd1]), randomBytes(8)])];
    const found = async () => {
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
    await until(async () => (await found()).length === 1);
    const [id] = await found();
    expect((await post(operator, `/dead-letters/${id}/redrive`)).status).toBe(202);
    // It still is not UTF-8, so it comes back with the same bytes.
    await until(async () => (await found()).length === 2);
  });

  it('are accepted after a redrive when their time is within a day', async () => {
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
    await until(async () => (await progressOf(eventId, player)) === 1);
  });

  it('are redriven only if they were stored completely', async () => {
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
    await until(async () => (await cut()) !== null);
    const { deadLetterId: id, isCut } = (await cut())!;
    expect(isCut).toBe(true);
    expect((await post(operator, `/dead-letters/${id}/redrive`)).body).toMatchObject({ status: 409, code: 'MESSAGE_CUT' });
    expect((await post(operator, `/dead-letters/${id}/discard`)).status).toBe(200);
  });

  it.each(['redrive', 'discard'])('%s is for operators, and for what there is', async (what) => {
    const id = await newDeadLetter(`poison ${randomUUID()}`);
    expect((await post(null, `/dead-letters/${id}/${what}`)).status).toBe(401);
    for (const role of ['USER', 'AUDITOR'] as const) {
      expect((await post(newAccount(role), `/dead-letters/${id}/${what}`)).status).toBe(403);
    }
    for (const unknown of [derivedId('logins', 9, '9'), 'x']) {
      const { status, body } = await post(operator, `/dead-letters/${unknown}/${what}`);
      expect([status, body.code]).toEqual([404, 'NOT_FOUND']);
    }
    const { status, body } = await post(operator, `/dead-letters/${id}/${what}`, { because: 'x' });
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect((await post(newAccount('ADMIN'), `/dead-letters/${id}/${what}`)).status).toBe(what === 'redrive' ? 202 : 200);
  });

  it('show in the metrics, with what the bus and the counter lag', async () => {
    await newDeadLetter(`poison ${randomUUID()}`);
    const { body } = await service.app.inject('/metrics');
    expect(body).toMatch(/^dead_letters_total\{.*\} [1-9]/m);
    expect(body).toMatch(/^bus_lag_messages\{topic="logins".*\} \d/m);
    expect(body).toMatch(/^counter_lag_seconds\{.*\} \d/m);
    expect(body).toMatch(/^append_conflicts_total\{.*\} \d/m);
    expect(body).toMatch(/^append_retries_total\{.*\} \d/m);
    expect(body).toMatch(/^intake_retries_total\{.*\} \d/m);
  });
});
