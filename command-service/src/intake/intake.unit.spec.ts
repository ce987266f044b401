import { nextTurn } from '@rewards/async';
import { keyOfDeadLetter, decodeUtf8, valueOfDeadLetter, type DeadLetterEvent, type DeadLettered } from '@rewards/contracts';
import { deadLetter, type DeadLetterState } from '@rewards/domain';
import { EventStoreDamaged, EventStoreUnavailable, MAX_APPEND_BYTES, NO_STREAM, TooMuchContention } from '@rewards/event-store';
import { MAX_HEADER_BYTES, type DeliveredMessage, type MessageBus } from '@rewards/message-bus';
import { createLogger } from '@rewards/service-kit';
import { Failures } from '@rewards/service-kit/failures';
import { Metrics } from '@rewards/service-kit/metrics';
import { Clock } from '@rewards/service-kit/clock';
import fc from 'fast-check';
import type { Commands, StreamCommandFields } from '../stream-command';
import { Intake } from './intake';
import { IntakeMetrics } from './intake-metrics';

const accountId = '00000000-0000-4000-8000-00000000000b';
const loginId = '00000000-0000-4000-8000-00000000000c';
const at = '2026-11-01T00:00:00.000Z';
const loginAt = (time: string, correlationId = 'c'): string =>
  JSON.stringify({
    messageId: loginId,
    event: { type: 'LoggedIn', data: { loginId, accountId, at: time } },
    actor: { accountId, roles: ['USER'] },
    correlationId,
  });
const login = loginAt(at);
type Part = Buffer | string | null;
const bytesOf = (part: Part): Buffer | null => (part === null ? null : Buffer.from(part as string));
const delivered = (value: Part, key: Part = accountId, partition = 0): DeliveredMessage => ({
  topic: 'logins',
  partition,
  offset: '7',
  key: bytesOf(key),
  value: bytesOf(value),
  headers: {},
});

/** Builds an intake whose commands fail with these errors in order, and then succeed. */
const intakeFailingWith = (...errors: Error[]) => {
  const executed: StreamCommandFields<never, never>[] = [];
  const commands = {
    execute: async ({ fields }: { fields: StreamCommandFields<never, never> }) => {
      const error = errors.shift();
      if (error) throw error;
      executed.push(fields);
    },
  } as unknown as Commands;
  const bus = { lag: async () => 3 } as unknown as MessageBus;
  const metrics = new Metrics('command-service');
  const intakeMetrics = new IntakeMetrics(metrics, bus);
  const logger = createLogger('test', 'silent');
  const logged = { warn: jest.spyOn(logger, 'warn'), info: jest.spyOn(logger, 'info'), error: jest.spyOn(logger, 'error') };
  const intake = new Intake(
    bus,
    { readStream: async () => [] },
    commands,
    new Clock(() => Date.parse(at)),
    intakeMetrics,
    new Failures(logger),
  );
  return { intake, executed, logged, scrape: () => metrics.registry.metrics() };
};
/** The dead letter that a command records. */
const letterRecordedBy = (command: StreamCommandFields<never, never> | undefined): DeadLettered => {
  const { decide } = command as unknown as StreamCommandFields<DeadLetterState, DeadLetterEvent>;
  const [event] = decide(deadLetter.initial, NO_STREAM) as readonly DeadLetterEvent[];
  return event?.data as DeadLettered;
};
const times = (count: number, error: Error): Error[] => Array.from({ length: count }, () => error);

describe('intake', () => {
  it.each([
    ['an engine is unavailable', new EventStoreUnavailable('unavailable')],
    ['version conflicts persist', new TooMuchContention('conflict')],
  ])('retries without a limit while %s', async (_condition, error) => {
    const { intake, executed } = intakeFailingWith(...times(6, error));
    await intake.handle(delivered(login));
    expect(executed.map(({ name }) => name)).toEqual(['RecordLogin']);
  });

  it('records a dead letter after five attempts, not counting failures of an engine', async () => {
    const unavailable = new EventStoreUnavailable('unavailable');
    const { intake, executed } = intakeFailingWith(
      ...times(4, new Error('bug')),
      ...times(3, unavailable),
      new Error('the last'),
      unavailable,
    );
    await intake.handle(delivered(login));
    expect(executed).toHaveLength(1);
    expect(letterRecordedBy(executed[0])).toMatchObject({
      topic: 'logins',
      partition: 0,
      offset: '7',
      key: accountId,
      payload: login,
      error: 'Error: the last',
      attempts: 5,
      at,
    });
  });

  it('accepts a message on its fifth attempt', async () => {
    const { intake, executed } = intakeFailingWith(...times(4, new Error('transient')));
    await intake.handle(delivered(login));
    expect(executed.map(({ name }) => name)).toEqual(['RecordLogin']);
  });

  it('records a dead letter for a malformed message on the first attempt', async () => {
    const { intake, executed } = intakeFailingWith();
    await intake.handle(delivered('not json'));
    expect(letterRecordedBy(executed[0])).toMatchObject({ attempts: 1, error: 'MalformedMessage: not JSON' });
  });

  it('derives the same dead letter id for the same delivery', async () => {
    const { intake, executed } = intakeFailingWith();
    await intake.handle(delivered('not json'));
    await intake.handle(delivered('not json'));
    const [first, second] = executed.map(letterRecordedBy);
    expect(second?.deadLetterId).toBe(first?.deadLetterId);
  });

  const letterOf = async (message: DeliveredMessage) => {
    const { intake, executed } = intakeFailingWith();
    await intake.handle(message);
    expect(executed.map(({ name }) => name)).toEqual(['DeadLetterMessage']);
    return letterRecordedBy(executed[0]);
  };

  it('derives another dead letter id for other content at the same offset', async () => {
    const ids = await Promise.all(
      [
        delivered('one'),
        delivered('other'),
        delivered('one', 'another key'),
        delivered('one', null),
        delivered('one', ''),
        delivered(null, 'one'),
        delivered('', 'one'),
      ].map(async (message) => (await letterOf(message)).deadLetterId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  const garbled = Buffer.from([0xb1, 0xd8, 0xc7, 0xd1]);

  it('keeps the bytes of a message that is not UTF-8', async () => {
    const letter = await letterOf(delivered(garbled, Buffer.from([0xff])));
    expect(letter).toMatchObject({ payload: '', payloadBase64: garbled.toString('base64'), key: '', keyBase64: '/w==' });
    expect([keyOfDeadLetter(letter), valueOfDeadLetter(letter)]).toEqual([Buffer.from([0xff]), garbled]);
  });

  it.each<[string, Part, Part, string]>([
    ['invalid bytes within a valid message', Buffer.from(loginAt(at, 'c\u0080'), 'latin1'), accountId, 'the value is not UTF-8'],
    ['an invalid key', login, garbled, 'the key is not UTF-8'],
    ['no value', null, accountId, 'the message has no value'],
    ['no key', login, null, 'the message has no key'],
    ['an escaped lone surrogate', loginAt(at, '\ud800'), accountId, 'correlationId is not a short text'],
  ])('rejects %s as malformed', async (_what, value, key, reason) => {
    const letter = await letterOf(delivered(value, key));
    expect([letter.error, letter.attempts]).toEqual([`MalformedMessage: ${reason}`, 1]);
    expect([keyOfDeadLetter(letter), valueOfDeadLetter(letter)]).toEqual([bytesOf(key), bytesOf(value)]);
  });

  it('accepts a message dated up to one day ahead of the clock, and rejects a later one', async () => {
    const { intake, executed } = intakeFailingWith();
    await intake.handle(delivered(loginAt('2026-11-02T00:00:00.000Z')));
    expect(executed.map(({ name }) => name)).toEqual(['RecordLogin']);
    const { error, attempts } = await letterOf(delivered(loginAt('2026-11-02T00:00:00.001Z')));
    expect(error).toMatch(/^MessageFromTheFuture: at is 2026-11-02T00:00:00.001Z/);
    expect(attempts).toBe(1);
  });

  it('stores up to 770,000 bytes completely, and up to a million bytes of plain text', async () => {
    for (const value of [
      Buffer.alloc(770_000, 0xff),
      Buffer.alloc(770_000, 1),
      Buffer.from('"'.repeat(770_000)),
      Buffer.from('x'.repeat(1_000_000)),
      Buffer.from('한'.repeat(340_000)),
    ]) {
      const letter = await letterOf(delivered(value));
      expect(letter.isCut).toBeUndefined();
      expect(valueOfDeadLetter(letter)?.equals(value)).toBe(true);
      expect(Buffer.byteLength(JSON.stringify(letter))).toBeLessThan(MAX_APPEND_BYTES - 1_000);
    }
  });

  it('stores the beginning of a longer message, and marks it as cut', async () => {
    for (const [value, key] of [
      [Buffer.alloc(2_000_000, 0xff), 'k'],
      [Buffer.from('한'.repeat(700_000)), 'k'],
      ['v', 'k'.repeat(2_000_000)],
      [Buffer.alloc(600_000, 1), Buffer.alloc(600_000, 1)],
    ] as const) {
      const letter = await letterOf(delivered(value, key));
      expect(letter.isCut).toBe(true);
      expect(Buffer.byteLength(JSON.stringify(letter))).toBeLessThan(MAX_APPEND_BYTES - 1_000);
    }
    const letter = await letterOf(delivered(Buffer.from('한'.repeat(700_000)), 'k'));
    expect(decodeUtf8(valueOfDeadLetter(letter))).toMatch(/^한{200000,}$/);
  });

  it('stores the headers unchanged, and none if there are none', async () => {
    const headers = { ce_id: loginId, 계정: '값', empty: '', controls: '\u0000' };
    expect((await letterOf({ ...delivered('not json'), headers })).headers).toEqual(headers);
    expect(await letterOf(delivered('not json'))).not.toHaveProperty('headers');
  });

  it('stores the largest headers beside a message, and marks a message as cut whose headers do not fit', async () => {
    const largest = { n: '\u0001'.repeat(MAX_HEADER_BYTES - 1) };
    for (const [value, headers, isKept] of [
      [Buffer.alloc(450_000, 0xff), largest, true],
      [Buffer.alloc(770_000, 0xff), { ce_id: loginId }, true],
      [Buffer.from('x'), { n: `${largest.n}x` }, false],
      [Buffer.alloc(770_000, 0xff), largest, false],
    ] as const) {
      const letter = await letterOf({ ...delivered(value), headers });
      expect([letter.headers, letter.isCut]).toEqual(isKept ? [headers, undefined] : [undefined, true]);
      expect(valueOfDeadLetter(letter)?.equals(value)).toBe(true);
      expect(Buffer.byteLength(JSON.stringify(letter))).toBeLessThan(MAX_APPEND_BYTES - 1_000);
    }
  });

  it('logs an outage once for all waiting messages, and its end once', async () => {
    const { intake, logged } = intakeFailingWith(...times(60, new EventStoreUnavailable('unavailable')));
    await Promise.all(Array.from({ length: 20 }, (_, partition) => intake.handle(delivered(login, accountId, partition))));
    expect(logged.warn).toHaveBeenCalledTimes(1);
    expect(logged.info.mock.calls).toEqual([[expect.objectContaining({ failures: 60 }), 'eventStore recovered']]);
    expect(logged.error).not.toHaveBeenCalled();
  });

  it('holds a message while its engine is damaged, without a retry or a dead letter', async () => {
    const { intake, executed, scrape } = intakeFailingWith(new EventStoreDamaged('restore it'));
    const handling = intake.handle(delivered(login));
    await intake.stop();
    await expect(handling).rejects.toThrow(EventStoreDamaged);
    expect(executed).toEqual([]);
    expect(await scrape()).toMatch(/intake_retries_total\{.*\} 0/);
  });

  it('fails an unfinished message when it stops, so that another instance handles it', async () => {
    const { intake, executed } = intakeFailingWith(...times(1_000, new EventStoreUnavailable('unavailable')));
    const handling = intake.handle(delivered(login));
    await intake.stop();
    await expect(handling).rejects.toThrow(EventStoreUnavailable);
    expect(executed).toEqual([]);
  });

  it('exports metrics of lag, retries and dead letters', async () => {
    const { intake, scrape } = intakeFailingWith(new EventStoreUnavailable('unavailable'));
    await intake.handle(delivered(login));
    await intake.handle(delivered('not json'));
    const metrics = await scrape();
    expect(metrics).toMatch(/intake_retries_total\{.*\} 1/);
    expect(metrics).toMatch(/dead_letters_total\{.*\} 1/);
    expect(metrics).toMatch(/bus_lag_messages\{topic="logins".*\} 3/);
    expect(metrics).toMatch(/bus_lag_messages\{topic="accounts".*\} 3/);
  });
});

describe('with the messages that come next', () => {
  const ACCOUNTS = 5;
  const accountOfOffset = (offset: number): string => `00000000-0000-4000-8000-00000000000${offset % ACCOUNTS}`;
  const messageAt = (offset: number): DeliveredMessage => {
    const key = accountOfOffset(offset);
    const id = `00000000-0000-4000-8000-0000000001${String(offset).padStart(2, '0')}`;
    const event = { type: 'LoggedIn', data: { loginId: id, accountId: key, at } };
    const value = JSON.stringify({ messageId: id, event, actor: { accountId: key, roles: ['USER'] }, correlationId: 'c' });
    return { ...delivered(value, key), offset: String(offset) };
  };

  it('records those of different keys at the same time, those of a key in order, and commits nothing above a failure', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(3), fc.boolean()), { minLength: 1, maxLength: 30 }),
        fc.infiniteStream(fc.nat(4)),
        async (plan, turns) => {
          const recorded = new Set<string>();
          const order: string[] = [];
          let running = 0;
          let most = 0;
          const failuresLeft = new Map(plan.map(([failures], offset) => [messageAt(offset).offset, failures]));
          const commands = {
            execute: async ({ fields }: { fields: StreamCommandFields<never, never> }) => {
              most = Math.max(most, (running += 1));
              for (let turn = turns.next().value ?? 0; turn >= 0; turn -= 1) await nextTurn();
              running -= 1;
              const id = fields.metadata.causationId ?? '';
              const offset = String(Number(id.slice(-2)));
              const left = failuresLeft.get(offset) ?? 0;
              failuresLeft.set(offset, left - 1);
              if (left > 0) throw new Error('a failure in the middle');
              if (!recorded.has(offset)) order.push(offset);
              recorded.add(offset);
            },
          } as unknown as Commands;
          const intakeMetrics = new IntakeMetrics(new Metrics('command-service'), {
            lag: async () => 0,
          } as unknown as MessageBus);
          const clock = new Clock(() => Date.parse(at));
          const silent = new Failures(createLogger('test', 'silent'));
          const intake = new Intake({} as MessageBus, { readStream: async () => [] }, commands, clock, intakeMetrics, silent);

          // A partition, as the bus reads it: pages of messages, one after the other, and a commit after each.
          let page = plan.map((_, offset) => messageAt(offset));
          for (let offset = 0; offset < plan.length; offset += 1) {
            // The page is read again, as after a handover or a restart.
            if (plan[offset]?.[1]) page = plan.map((_, at) => messageAt(at));
            await intake.handle(page[offset] as DeliveredMessage, page.slice(offset + 1));
            for (let below = 0; below <= offset; below += 1) expect(recorded).toContain(String(below));
          }
          for (let account = 0; account < ACCOUNTS; account += 1) {
            const own = order.map(Number).filter((offset) => offset % ACCOUNTS === account);
            expect(own).toEqual([...own].sort((one, other) => one - other));
          }
          if (plan.length > 1) expect(most).toBeGreaterThan(1);
          await intake.stop();
        },
      ),
      { numRuns: 8 },
    );
  });
});
