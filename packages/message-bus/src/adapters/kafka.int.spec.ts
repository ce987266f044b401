import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { until } from '@rewards/testing/until';
import { MessageBusUnavailable, type DeliveredMessage, type MessageBus, type TopicReset } from '../message-bus';
import { messageBusContract } from '../testing/message-bus.contract';
import { findKafka, type RealKafka } from '../testing/real-kafka';
import { reportSkipped } from '@rewards/testing/report-skipped';
import { openKafkaMessageBus } from './kafka';
import { assertAllStored } from './kafka-publisher';

const start = findKafka();

if (start) {
  messageBusContract('Kafka', async () => {
    const { brokers, stop } = await start();
    return { open: async () => openKafkaMessageBus({ brokers, clientId: 'contract', prefix: 'contract.' }), cleanUp: stop };
  });

  describe('Kafka topics that do not match the committed offsets', () => {
    const PATIENCE_MS = 90_000;
    let real: RealKafka;
    let kafka: Kafka;
    let admin: Admin;
    let bus: MessageBus;
    let topic: string;
    let group: string;

    beforeAll(async () => {
      real = await start();
      kafka = new Kafka({ brokers: [...real.brokers], clientId: 'spec', logLevel: logLevel.NOTHING });
      admin = kafka.admin();
      await admin.connect();
    }, PATIENCE_MS);
    beforeEach(() => {
      [topic, group] = [`topic-${randomUUID()}`, `group-${randomUUID()}`];
      bus = openKafkaMessageBus({ brokers: real.brokers, clientId: 'spec', partitions: 1 });
    });
    afterEach(() => bus.close(), PATIENCE_MS);
    afterAll(async () => {
      await admin.disconnect();
      await real.stop();
    }, PATIENCE_MS);

    const publish = (...values: string[]) =>
      bus.publish(
        topic,
        values.map((value) => ({ key: 'k', value })),
      );
    /** Commits an offset as if the topic had been recreated or restored since. */
    const commitForeign = async (offset: string, metadata: string | null): Promise<void> => {
      const member = kafka.consumer({ groupId: group });
      const joined = new Promise<void>((resolve) => member.on(member.events.GROUP_JOIN, () => resolve()));
      await member.connect();
      await member.subscribe({ topics: [topic], fromBeginning: true });
      await member.run({ autoCommit: false, eachMessage: async () => undefined });
      await joined;
      // Otherwise kafkajs would reset the out-of-range offset.
      member.pause([{ topic }]);
      await member.commitOffsets([{ topic, partition: 0, offset, metadata }]);
      await member.disconnect();
    };
    const collect = async () => {
      const [values, resets]: [string[], TopicReset[]] = [[], []];
      const consumer = await bus.consume({
        group,
        topics: [topic],
        handle: async ({ value }) => void values.push(String(value)),
        onReset: (reset) => resets.push(reset),
      });
      return { values, resets, consumer };
    };

    it.each<[string, string, string | null]>([
      ['past the end', '9', 'of another message'],
      ['past the end, committed by the first version of the program', '9', null],
      ['one past the end', '4', 'of another message'],
      ['at the end, after another message', '3', 'of another message'],
      ['in the middle, after another message', '1', 'of another message'],
    ])(
      'are read from the beginning if an offset is %s',
      async (_case, offset, metadata) => {
        await publish('1', '2', '3');
        await commitForeign(offset, metadata);
        if (Number(offset) > 3) expect(await bus.lag(group, topic)).toBe(3);
        const { values, resets, consumer } = await collect();
        await until(
          '3 messages',
          () => values.length,
          (value) => value >= 3,
        );
        await publish('4');
        await until(
          '4 messages',
          () => values.length,
          (value) => value >= 4,
        );
        await until(
          'no lag',
          async () => await bus.lag(group, topic),
          (value) => value === 0,
        );
        expect(values).toEqual(['1', '2', '3', '4']);
        expect(resets).toEqual([{ topic, partition: 0, offset, reason: expect.any(String) }]);
        await consumer.stop();
        await publish('5');
        const next = await collect();
        await until(
          '1 message',
          () => next.values.length,
          (value) => value >= 1,
        );
        expect([next.values, next.resets]).toEqual([['5'], []]);
      },
      PATIENCE_MS,
    );

    it(
      'deliver every message of another producer, with the headers that are text',
      async () => {
        await publish('0');
        const producer = kafka.producer();
        await producer.connect();
        const bytes = Buffer.from([0xff, 0xfe]);
        await producer.send({
          topic,
          messages: [
            {
              key: 'k',
              value: 'several',
              headers: { once: 'a', twice: ['first', 'last'], toString: ['x', 'y'], constructor: 'z' },
            },
            {
              key: 'k',
              value: 'bytes',
              headers: { bytes, ends: ['text', bytes], begins: [bytes, 'text'], Upper_Case: 'kept', '': 'x' },
            },
            { key: 'k', value: 'large', headers: { large: 'x'.repeat(100_000) } },
          ],
        });
        await producer.disconnect();
        const received: DeliveredMessage[] = [];
        await bus.consume({ group, topics: [topic], handle: async (message) => void received.push(message) });
        await until('4 messages', () => received.length >= 4);
        expect(received.map(({ value, headers }) => [String(value), headers])).toEqual([
          ['0', {}],
          ['several', { once: 'a', twice: 'last', toString: 'y', constructor: 'z' }],
          ['bytes', { begins: 'text', Upper_Case: 'kept' }],
          ['large', { large: 'x'.repeat(100_000) }],
        ]);
      },
      PATIENCE_MS,
    );

    it(
      'resume at an offset of the first version of the program, which has no message identity',
      async () => {
        await publish('1', '2', '3');
        await commitForeign('2', null);
        const { values, resets } = await collect();
        await until(
          '1 message',
          () => values.length,
          (value) => value >= 1,
        );
        expect([values, resets]).toEqual([['3'], []]);
      },
      PATIENCE_MS,
    );

    it(
      'are created again and consumed after a deletion under a running bus',
      async () => {
        const { values } = await collect();
        await publish('1', '2', '3');
        await until(
          '3 messages',
          () => values.length,
          (value) => value >= 3,
        );
        await admin.deleteTopics({ topics: [topic] });
        await until('the broker to accept a message', () =>
          publish('4').then(
            () => true,
            () => false,
          ),
        );
        await until('the last message', () => values.includes('4'));
        await until(
          'no lag',
          async () => await bus.lag(group, topic),
          (value) => value === 0,
        );
      },
      PATIENCE_MS,
    );
  });
} else {
  reportSkipped('message-bus contract on Kafka', 'no KAFKA_BROKERS, no Docker');
}

describe('message bus on a Kafka that does not answer', () => {
  it('is unavailable within its time limit', async () => {
    // Nothing listens on the discard port.
    const bus = openKafkaMessageBus({ brokers: ['127.0.0.1:9'], clientId: 'test' });
    const message = { key: 'a', value: '' };
    await expect(bus.ping()).rejects.toThrow(MessageBusUnavailable);
    await expect(bus.publish('topic', [message])).rejects.toThrow(MessageBusUnavailable);
    await expect(bus.lag('group', 'topic')).rejects.toThrow(MessageBusUnavailable);
    await expect(bus.consume({ group: 'group', topics: ['topic'], handle: async () => undefined })).rejects.toThrow(
      MessageBusUnavailable,
    );
    await bus.close();
  });
});

describe('an acknowledgement of Kafka', () => {
  const acknowledgement = (partition: number) => ({ topicName: 'topic', partition, errorCode: 0 });

  it('is rejected if it leaves out a partition', () => {
    expect(() => assertAllStored(new Set(['topic/0', 'topic/1']), [acknowledgement(0), acknowledgement(1)])).not.toThrow();
    expect(() => assertAllStored(new Set(['topic/0', 'topic/1']), [acknowledgement(0)])).toThrow(MessageBusUnavailable);
  });
});
