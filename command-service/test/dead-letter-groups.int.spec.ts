import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { nextTurn } from '@rewards/async';
import { streams, type DeadLettered } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { MessageBusUnavailable, type MessageBus } from '@rewards/message-bus';
import { fingerprintOf } from '@rewards/service-kit/derived-id';
import { openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import { dataOf, invalidOf, problemOf } from '@rewards/testing/http';
import { endByDisconnecting, forkTypescript } from '@rewards/testing/processes';
import { until } from '@rewards/testing/until';
import type { CommandService } from '../src/command-service';
import { A_POSITION, factsOf, newAccount, operator, post, settings, start, stopClock, useCommandService } from './harness';

/** As in production, the read models are the only link between the two services. */
const KEEP_READ_MODELS = join(__dirname, '../../projections/src/testing/keep-read-models.process.ts');
const NOW = '2026-11-08T00:00:00.000Z';

const letterOf = (changes: Partial<DeadLettered> = {}): DeadLettered => ({
  deadLetterId: randomUUID(),
  topic: 'logins',
  partition: 0,
  offset: '7',
  key: randomUUID(),
  payload: '{',
  error: 'MalformedMessage: not JSON',
  attempts: 1,
  at: NOW,
  ...changes,
});

describe('a group of dead letters', () => {
  useCommandService();
  let writer: EventStore;

  beforeAll(() => {
    writer = openEventStore(settings, 'write');
  });
  afterAll(() => writer.close());

  /** Records dead letters of one group that no other test has. */
  const record = async (count: number, changes: Partial<DeadLettered> = {}) => {
    const error = `MalformedMessage: ${randomUUID().replace(/[0-9-]/g, 'x')}`;
    const letters = Array.from({ length: count }, () => letterOf({ error, ...changes }));
    await appendFacts(
      writer,
      letters.map((data) => ({ stream: streams.deadLetter(data.deadLetterId), event: { type: 'MessageDeadLettered', data } })),
    );
    return { ids: letters.map(({ deadLetterId }) => deadLetterId), fingerprint: fingerprintOf(letters[0] as DeadLettered) };
  };
  const handled = async (id: string) => (await factsOf(streams.deadLetter(id))).slice(1);
  const typesOf = async (ids: readonly string[]) =>
    (await Promise.all(ids.map(handled))).map((facts) => facts.map(({ type }) => type));
  const all = <T>(ids: readonly string[], value: T): T[] => ids.map(() => value);

  it('is not handled while the read model is behind the log', async () => {
    const { fingerprint } = await record(1);
    expect(await post(operator, '/dead-letters/redrive', { fingerprint })).toEqual(
      problemOf(503, 'UNAVAILABLE', {}, { 'retry-after': expect.any(String) as string }),
    );
  });

  describe('with its read model', () => {
    let readModels: ReturnType<typeof forkTypescript>;
    const others: CommandService[] = [];
    /** Starts another instance, which publishes in another way. */
    const startWith = async (publishWith: (engine: MessageBus) => MessageBus['publish']): Promise<CommandService> => {
      const engine = openMessageBus(settings);
      const other = await start({ bus: replacing(engine, publishWith(engine)) });
      others.push(other);
      return other;
    };
    const stop = async (other: CommandService): Promise<void> => {
      others.splice(others.indexOf(other), 1);
      await other.close();
    };
    afterEach(async () => {
      for (const other of [...others]) await stop(other);
    });

    beforeAll(() => {
      readModels = forkTypescript(KEEP_READ_MODELS, [settings.dataDir]);
    });
    afterAll(() => endByDisconnecting(readModels));

    beforeAll(async () => {
      const { fingerprint } = await record(1);
      await until('the read model', async () => (await post(operator, '/dead-letters/discard', { fingerprint })).status === 202);
    });

    it('is discarded as a whole, recorded with the operator', async () => {
      const [{ ids, fingerprint }, other] = [await record(3), await record(1)];
      const [first = ''] = ids;
      expect((await post(operator, `/dead-letters/${first}/discard`)).status).toBe(200);
      const rest = ids.slice(1);
      stopClock(NOW);
      const discard = () => post(operator, '/dead-letters/discard', { fingerprint });
      expect(await discard()).toEqual(dataOf(202, { count: 2 }, { 'x-position': A_POSITION }));
      for (const deadLetterId of rest)
        expect(await handled(deadLetterId)).toEqual([
          { type: 'MessageDiscarded', data: { deadLetterId, by: operator.accountId, at: NOW } },
        ]);
      expect(await handled(first)).toHaveLength(1);
      expect(await typesOf(other.ids)).toEqual([[]]);
      expect(await discard()).toEqual(dataOf(202, { count: 0 }));
    });

    it('is redriven as a whole over many pages, each message once and those of a key in their order', async () => {
      const published: string[] = [];
      let calls = 0;
      const recording = await startWith((engine) => async (topic, messages) => {
        // Every second message is slow, so a later one overtakes it unless it waits for its turn.
        for (let turn = (calls += 1) % 2 === 0 ? 0 : 50; turn > 0; turn -= 1) await nextTurn();
        published.push(...messages.map(({ key, value }) => `${String(key)} ${String(value)}`));
        await engine.publish(topic, messages);
      });
      const keys = Array.from({ length: 21 }, (_, index) => `key-${index}-`);
      const error = 'MalformedMessage: of one key';
      const sent = Array.from({ length: 210 }, (_, index) => ({ key: keys[index % 21] ?? '', payload: `x${index}` }));
      const letters = sent.map((message) => letterOf({ ...message, error }));
      await appendFacts(
        writer,
        letters.map((data) => ({ stream: streams.deadLetter(data.deadLetterId), event: { type: 'MessageDeadLettered', data } })),
      );
      const ids = letters.map(({ deadLetterId }) => deadLetterId);
      const fingerprint = fingerprintOf(letters[0] as DeadLettered);
      const answers = await Promise.all([1, 2].map(() => post(operator, '/dead-letters/redrive', { fingerprint }, recording)));
      expect(answers.map(({ status, data }) => [status, data])).toEqual(all(answers as never, [202, { count: ids.length }]));
      await until(
        'all messages to be redriven',
        () => typesOf(ids),
        (types) => types.every(({ length }) => length > 0),
      );
      expect(await typesOf(ids)).toEqual(all(ids, ['MessageRedriven']));
      for (const key of keys)
        expect(published.filter((message) => message.startsWith(key))).toEqual(
          sent.filter((message) => message.key === key).map((message) => `${key} ${message.payload}`),
        );
    });

    it('stays open and is not counted if its messages were not stored completely, and can be discarded', async () => {
      const { ids, fingerprint } = await record(2, { isCut: true });
      expect(await post(operator, '/dead-letters/redrive', { fingerprint })).toEqual(dataOf(202, { count: 0 }));
      expect(await typesOf(ids)).toEqual(all(ids, []));
      expect((await post(operator, '/dead-letters/discard', { fingerprint })).data).toEqual({ count: 2 });
      expect(await typesOf(ids)).toEqual(all(ids, ['MessageDiscarded']));
    });

    it('is handled by a second request after the service stopped in the middle', async () => {
      const { ids, fingerprint } = await record(40);
      let left = 5;
      const stopping = await startWith((engine) => async (topic, messages) => {
        if (left === 0) throw new MessageBusUnavailable('no answer');
        left -= 1;
        await engine.publish(topic, messages);
      });
      expect((await post(operator, '/dead-letters/redrive', { fingerprint }, stopping)).data).toEqual({ count: 40 });
      await stop(stopping);
      const open = (await typesOf(ids)).filter(({ length }) => length === 0).length;
      expect(open).toBe(35);
      const redrive = () => post(operator, '/dead-letters/redrive', { fingerprint });
      // The messages that were published are invalid, so they may be dead letters of other groups by now.
      expect((await redrive()).data).toEqual({ count: open });
      await until(
        'all messages to be redriven',
        () => typesOf(ids),
        (types) => types.every(({ length }) => length > 0),
      );
      expect(await typesOf(ids)).toEqual(all(ids, ['MessageRedriven']));
    });

    it.each(['redrive', 'discard'])('requires an operator and a known fingerprint for a %s', async (action) => {
      const { fingerprint } = await record(1);
      const path = `/dead-letters/${action}`;
      expect((await post(null, path, { fingerprint })).status).toBe(401);
      for (const role of ['USER', 'AUDITOR'] as const)
        expect((await post(newAccount(role), path, { fingerprint })).status).toBe(403);
      expect(await post(operator, path, { fingerprint: '0'.repeat(16) })).toEqual(problemOf(404, 'NOT_FOUND'));
      for (const malformed of ['x', '', 'F'.repeat(16), 5, null])
        expect(await post(operator, path, { fingerprint: malformed })).toEqual(invalidOf('fingerprint'));
      expect(await post(operator, path, {})).toEqual(invalidOf('fingerprint'));
      expect((await post(newAccount('ADMIN'), path, { fingerprint })).data).toEqual({ count: 1 });
    });
  });
});

/** A bus that publishes in another way. */
const replacing = (engine: MessageBus, publish: MessageBus['publish']): MessageBus =>
  new Proxy(engine, {
    get: (target, name) => {
      if (name === 'publish') return publish;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as (...parameters: unknown[]) => unknown).bind(target) : value;
    },
  });
