import { EventStoreDamaged, EventStoreUnavailable, TooMuchContention } from '@rewards/event-store';
import type { DeliveredMessage, MessageBus } from '@rewards/message-bus';
import { createLogger } from '@rewards/service-kit';
import { Failures } from '@rewards/service-kit/failures';
import { Metrics } from '@rewards/service-kit/metrics';
import { Clock } from '../clock';
import type { Commands, MetadataCommand } from '../commands';
import { type DeadLetterMessage } from '../dead-letters/dead-letters.commands';
import { Intake } from './intake';
import { IntakeMetrics } from './intake-metrics';

const accountId = '00000000-0000-4000-8000-00000000000b';
const loginId = '00000000-0000-4000-8000-00000000000c';
const at = '2026-11-01T00:00:00.000Z';
const login = JSON.stringify({
  messageId: loginId,
  event: { type: 'LoggedIn', data: { loginId, accountId, at } },
  actor: { accountId, roles: ['USER'] },
  correlationId: 'c',
});
const delivered = (value: string, key = accountId): DeliveredMessage => ({
  topic: 'logins',
  partition: 0,
  offset: '7',
  key,
  value,
});

/** An intake whose commands fail with these errors, one after the other, and succeed from then on. */
const intakeThatMeets = (...errors: Error[]) => {
  const executed: MetadataCommand<unknown>[] = [];
  const commands = {
    execute: async (command: MetadataCommand<unknown>) => {
      const error = errors.shift();
      if (error) throw error;
      executed.push(command);
    },
  } as unknown as Pick<Commands, 'execute'>;
  const bus = { lag: async () => 3 } as unknown as MessageBus;
  const metrics = new Metrics('test');
  const intakeMetrics = new IntakeMetrics(metrics, bus);
  const intake = new Intake(
    bus,
    commands,
    new Clock(() => Date.parse(at)),
    intakeMetrics,
    new Failures(createLogger('test', 'silent')),
  );
  return { intake, executed, scrape: () => metrics.registry.metrics() };
};
const times = (count: number, error: Error): Error[] => Array.from({ length: count }, () => error);

describe('intake', () => {
  it.each([
    ['an engine that is away', new EventStoreUnavailable('away')],
    ['races that others win', new TooMuchContention('lost')],
  ])('waits, however long, for %s', async (_what, error) => {
    const { intake, executed } = intakeThatMeets(...times(6, error));
    await intake.handle(delivered(login));
    expect(executed.map(({ name }) => name)).toEqual(['RecordLogin']);
  });

  it('puts a message aside after five tries, those not counted that were nobody’s fault', async () => {
    const away = new EventStoreUnavailable('away');
    const { intake, executed } = intakeThatMeets(...times(4, new Error('bug')), ...times(3, away), new Error('the last'), away);
    await intake.handle(delivered(login));
    expect(executed).toHaveLength(1);
    expect((executed[0] as DeadLetterMessage).letter).toMatchObject({
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

  it('goes on with the fifth try', async () => {
    const { intake, executed } = intakeThatMeets(...times(4, new Error('passing')));
    await intake.handle(delivered(login));
    expect(executed.map(({ name }) => name)).toEqual(['RecordLogin']);
  });

  it('puts a message aside at once that can never succeed', async () => {
    const { intake, executed } = intakeThatMeets();
    await intake.handle(delivered('not json'));
    expect((executed[0] as DeadLetterMessage).letter).toMatchObject({ attempts: 1, error: 'MalformedMessage: not JSON' });
  });

  it('gives the same delivery the same dead letter', async () => {
    const { intake, executed } = intakeThatMeets();
    await intake.handle(delivered('not json'));
    await intake.handle(delivered('not json'));
    const [first, second] = executed as DeadLetterMessage[];
    expect(second?.letter.deadLetterId).toBe(first?.letter.deadLetterId);
  });

  it('keeps what fits of a very long message, and says so', async () => {
    const { intake, executed } = intakeThatMeets();
    await intake.handle(delivered('x'.repeat(200_000), 'k'.repeat(5_000)));
    const { letter } = executed[0] as DeadLetterMessage;
    expect([letter.payload.length, letter.key.length, letter.isCut]).toEqual([150_000, 1_000, true]);
  });

  it('keeps a message while its engine is damaged, without a retry and without a dead letter', async () => {
    const { intake, executed, scrape } = intakeThatMeets(new EventStoreDamaged('restore it'));
    const handling = intake.handle(delivered(login));
    await intake.stop();
    await expect(handling).rejects.toThrow(EventStoreDamaged);
    expect(executed).toEqual([]);
    expect(await scrape()).toMatch(/intake_retries_total\{.*\} 0/);
  });

  it('leaves a message to others that it could not finish before the end', async () => {
    const { intake, executed } = intakeThatMeets(...times(1_000, new EventStoreUnavailable('away')));
    const handling = intake.handle(delivered(login));
    await intake.stop();
    await expect(handling).rejects.toThrow(EventStoreUnavailable);
    expect(executed).toEqual([]);
  });

  it('tells of lag, retries and dead letters', async () => {
    const { intake, scrape } = intakeThatMeets(new EventStoreUnavailable('away'));
    await intake.handle(delivered(login));
    await intake.handle(delivered('not json'));
    const metrics = await scrape();
    expect(metrics).toMatch(/intake_retries_total\{.*\} 1/);
    expect(metrics).toMatch(/dead_letters_total\{.*\} 1/);
    expect(metrics).toMatch(/bus_lag_messages\{topic="logins".*\} 3/);
    expect(metrics).toMatch(/bus_lag_messages\{topic="accounts".*\} 3/);
  });
});
