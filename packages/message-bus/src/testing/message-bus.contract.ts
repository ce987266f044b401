import { randomUUID } from 'node:crypto';
import { until } from '@rewards/testing/until';
import { MAX_HEADER_BYTES } from '../headers';
import {
  NOT_HANDLED,
  type ConsumeOptions,
  type Consumer,
  type DeliveredMessage,
  type Message,
  type MessageBus,
} from '../message-bus';

/** One broker, which outlives the buses opened on it. */
export interface MessageBusHarness {
  open(): Promise<MessageBus>;
  /** Creates a topic with several partitions, for brokers that require it before use. */
  createTopic?(topic: string): Promise<void>;
  /** Removes the data after all buses are closed. */
  cleanUp(): Promise<void>;
}

/** A broker may need many seconds to let a member join, or to detect that a member is gone. */
const PATIENCE_MS = 90_000;

const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const valuesOf = (messages: readonly Pick<Message, 'value'>[]): string[] => messages.map(({ value }) => String(value));
const sorted = (values: Iterable<string>): string[] => [...values].sort();
const identityOf = ({ topic, partition, offset }: DeliveredMessage): string => `${topic}/${partition}/${offset}`;

const byKey = (messages: readonly DeliveredMessage[]): Map<string, string[]> => {
  const values = new Map<string, string[]>();
  for (const { key, value } of messages) values.set(String(key), [...(values.get(String(key)) ?? []), String(value)]);
  return values;
};

/** The contract of every adapter. It requires nothing that Kafka does not guarantee. */
export const messageBusContract = (broker: string, start: () => Promise<MessageBusHarness>): void => {
  describe(`message bus on ${broker}`, () => {
    let harness: MessageBusHarness;
    let bus: MessageBus;
    const buses: MessageBus[] = [];
    const consumers: Consumer[] = [];

    const openBus = async (): Promise<MessageBus> => {
      const another = await harness.open();
      buses.push(another);
      return another;
    };
    const newTopic = async (): Promise<string> => {
      const topic = `topic-${randomUUID()}`;
      await harness.createTopic?.(topic);
      return topic;
    };
    const newGroup = (): string => `group-${randomUUID()}`;
    const consume = async (options: ConsumeOptions, on: MessageBus = bus): Promise<Consumer> => {
      const consumer = await on.consume(options);
      consumers.push(consumer);
      return consumer;
    };
    /** Consumes into a list. */
    const collect = async (topic: string, group = newGroup(), on: MessageBus = bus) => {
      const received: DeliveredMessage[] = [];
      const handle = async (message: DeliveredMessage): Promise<void> => void received.push(message);
      const consumer = await consume({ group, topics: [topic], handle }, on);
      return { received, consumer };
    };

    beforeAll(async () => {
      harness = await start();
      bus = await openBus();
    }, PATIENCE_MS);

    afterEach(async () => {
      await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
    }, PATIENCE_MS);

    afterAll(async () => {
      for (const each of buses) await each.close();
      await harness.cleanUp();
    }, PATIENCE_MS);

    it(
      'delivers every message exactly as it was published',
      async () => {
        const topic = await newTopic();
        const messages = [
          { key: 'a', value: '{"type":"LoggedIn"}' },
          { key: '계정', value: '극한성장의 비약 🎁' },
          { key: 'no-json', value: '\u0000 {"' },
          { key: 'empty', value: '' },
          { key: 'large', value: 'x'.repeat(200_000) },
        ];
        await bus.publish(topic, messages);
        const { received } = await collect(topic);
        await until(
          'all messages',
          () => received.length,
          (value) => value >= messages.length,
        );
        const content = received.map(({ key, value }) => `${key}=${value}`);
        expect(sorted(content)).toEqual(sorted(messages.map(({ key, value }) => `${key}=${value}`)));
        expect(received.every((message) => message.topic === topic && /^\d+$/.test(message.offset))).toBe(true);
        expect(new Set(received.map(identityOf)).size).toBe(messages.length);
      },
      PATIENCE_MS,
    );

    it(
      'delivers bytes unchanged, and distinguishes a missing key or value from an empty one',
      async () => {
        const topic = await newTopic();
        const parts = [
          Buffer.from([0xb1, 0xd8, 0xc7, 0xd1]),
          Buffer.from([0, 0xff, 0]),
          Buffer.from('\ufeff🎁'),
          Buffer.alloc(0),
          null,
        ];
        await bus.publish(
          topic,
          parts.flatMap((key) => parts.map((value) => ({ key, value }))),
        );
        const { received, consumer } = await collect(topic);
        await until(
          'all messages',
          () => received.length,
          (value) => value >= parts.length ** 2,
        );
        await consumer.stop();
        const hex = (part: Buffer | null): string => part?.toString('hex') ?? 'null';
        const content = received.map(({ key, value }) => `${hex(key)}=${hex(value)}`);
        expect(sorted(content)).toEqual(sorted(parts.flatMap((key) => parts.map((value) => `${hex(key)}=${hex(value)}`))));
      },
      PATIENCE_MS,
    );

    describe('headers', () => {
      const many = Object.fromEntries(times(200).map((n) => [`header-${n}`, `value ${n}`]));
      const cases: readonly (readonly [string, Message['headers']])[] = [
        ['none', undefined],
        ['an empty list', {}],
        ['CloudEvents', { ce_specversion: '1.0', ce_id: randomUUID(), 'content-type': 'application/json' }],
        ['many', many],
        ['Korean text', { ce_subject: '극한성장의 비약 🎁', 계정: '값' }],
        ['8 KB', { large: '한'.repeat(2_731) }],
        ['the largest', { n: 'x'.repeat(MAX_HEADER_BYTES - 1) }],
        [
          'empty values, control characters and JSON',
          { empty: '', controls: '\u0000\u0001\n', json: '{"a":"\\u0000"}', bom: '\ufeffx' },
        ],
        ['names with a meaning in JavaScript', JSON.parse('{"__proto__":"a","toString":"b","constructor":"c","0":"d"}')],
      ];

      it(
        'arrive unchanged with their message, also after a failure and at another member',
        async () => {
          const [topic, group] = [await newTopic(), newGroup()];
          await bus.publish(
            topic,
            cases.map(([value, headers]) => ({ key: 'a', value, ...(headers && { headers }) })),
          );
          const attempts: DeliveredMessage[] = [];
          const first = await consume({
            group,
            topics: [topic],
            handle: async (message) => {
              attempts.push(message);
              if (attempts.length < 3 || String(message.value) === 'many') throw new Error('not yet');
            },
          });
          await until(
            'two deliveries of the message that fails',
            () => attempts.filter(({ value }) => String(value) === 'many').length > 1,
          );
          await first.stop();
          const { received } = await collect(topic, group, await openBus());
          await until('the last message', () => valuesOf(received).includes(cases.at(-1)?.[0] ?? ''));
          const expected = new Map(cases);
          const all = [...attempts, ...received];
          expect(new Set(valuesOf(all)).size).toBe(cases.length);
          expect(attempts.slice(0, 3).map(({ offset }) => offset)).toEqual(times(3).map(() => attempts[0]?.offset));
          for (const { value, headers } of all)
            expect([String(value), Object.entries(headers).sort()]).toEqual([
              String(value),
              Object.entries(expected.get(String(value)) ?? {}).sort(),
            ]);
        },
        PATIENCE_MS,
      );

      it.each<[string, unknown, RegExp]>([
        ['an empty name', { '': 'x' }, /empty name/],
        ['a name that UTF-8 cannot encode', { '\ud800': 'x' }, /the name of the header "\\ud800"/],
        ['a value that UTF-8 cannot encode', { a: 'x\udc00' }, /the value of the header "a"/],
        ['a value that is not text', { a: 7 }, /the value of the header "a"/],
        ['too many bytes', { a: 'x'.repeat(MAX_HEADER_BYTES) }, /65537 bytes, and at most 65536/],
      ])(
        'with %s are rejected before anything is published',
        async (_case, headers, message) => {
          const topic = await newTopic();
          const invalid = { key: 'a', value: 'invalid', headers: headers as Record<string, string> };
          const rejected = bus.publish(topic, [{ key: 'a', value: 'valid' }, invalid]);
          await expect(rejected).rejects.toThrow(TypeError);
          await expect(rejected).rejects.toThrow(message);
          await bus.publish(topic, [{ key: 'a', value: 'next' }]);
          const { received } = await collect(topic);
          await until('a message', () => received.length > 0);
          expect(valuesOf(received)).toEqual(['next']);
        },
        PATIENCE_MS,
      );
    });

    it(
      'accepts an empty list of messages',
      async () => {
        await bus.publish(await newTopic(), []);
      },
      PATIENCE_MS,
    );

    it(
      'reads a partition from its beginning if the message before its committed offset is no longer handled',
      async () => {
        const [topic, group] = [await newTopic(), newGroup()];
        await bus.publish(
          topic,
          times(20).map((n) => ({ key: `key-${n % 5}`, value: `${n}` })),
        );
        const startConsumer = async (isHandled: boolean) => {
          const received: DeliveredMessage[] = [];
          const resets: string[] = [];
          const consumer = await consume({
            group,
            topics: [topic],
            handle: async (message) => void received.push(message),
            isHandled: async () => isHandled,
            onReset: ({ reason }) => void resets.push(reason),
          });
          return { received, resets, consumer };
        };
        const first = await startConsumer(true);
        await until(
          '20 messages',
          () => first.received.length,
          (value) => value === 20,
        );
        await first.consumer.stop();

        const again = await startConsumer(false);
        await until(
          '20 messages',
          () => again.received.length,
          (value) => value === 20,
        );
        await again.consumer.stop();
        expect(sorted(again.received.map(identityOf))).toEqual(sorted(first.received.map(identityOf)));
        expect([first.resets, again.resets]).toEqual([[], [NOT_HANDLED]]);

        const last = await startConsumer(true);
        await bus.publish(topic, [{ key: 'key-0', value: 'new' }]);
        await until(
          'a message',
          () => last.received.length,
          (value) => value > 0,
        );
        expect(valuesOf(last.received)).toEqual(['new']);
      },
      PATIENCE_MS,
    );

    it(
      'keeps the order of a key within a call and between calls',
      async () => {
        const topic = await newTopic();
        await bus.publish(
          topic,
          times(50).map((n) => ({ key: `key-${n % 5}`, value: `${n}` })),
        );
        for (const n of times(10)) await bus.publish(topic, [{ key: `key-${n % 5}`, value: `${50 + n}` }]);
        const { received } = await collect(topic);
        await until(
          '60 messages',
          () => received.length,
          (value) => value >= 60,
        );
        for (const [key, values] of byKey(received)) {
          expect(values).toEqual(
            times(60)
              .filter((n) => `key-${n % 5}` === key)
              .map(String),
          );
        }
      },
      PATIENCE_MS,
    );

    it(
      'delivers 1000 messages of many keys published concurrently',
      async () => {
        const topic = await newTopic();
        const { received } = await collect(topic);
        const publish = async (key: number): Promise<void> => {
          for (const n of times(10)) await bus.publish(topic, [{ key: `key-${key}`, value: `${key}:${n}` }]);
        };
        await Promise.all(times(100).map(publish));
        await until(
          '1,000 messages',
          () => received.length,
          (value) => value >= 1_000,
        );
        const perKey = byKey(received);
        expect(perKey.size).toBe(100);
        for (const key of times(100)) expect(perKey.get(`key-${key}`)).toEqual(times(10).map((n) => `${key}:${n}`));
      },
      PATIENCE_MS,
    );

    it(
      'spreads keys over partitions and keeps each key in one partition',
      async () => {
        const topic = await newTopic();
        await bus.publish(
          topic,
          times(200).map((n) => ({ key: `key-${n % 100}`, value: '' })),
        );
        const { received } = await collect(topic);
        await until(
          '200 messages',
          () => received.length,
          (value) => value >= 200,
        );
        const partitions = new Map<string, Set<number>>();
        for (const { key, partition } of received)
          partitions.set(String(key), (partitions.get(String(key)) ?? new Set()).add(partition));
        expect([...partitions.values()].every((ofKey) => ofKey.size === 1)).toBe(true);
        expect(new Set(received.map(({ partition }) => partition)).size).toBeGreaterThan(1);
      },
      PATIENCE_MS,
    );

    it(
      'delivers later messages to a waiting consumer, also from another bus',
      async () => {
        const topic = await newTopic();
        const other = await openBus();
        const { received } = await collect(topic);
        await bus.publish(topic, [{ key: 'a', value: 'here' }]);
        await other.publish(topic, [{ key: 'a', value: 'there' }]);
        await until(
          '2 messages',
          () => received.length,
          (value) => value >= 2,
        );
        expect(valuesOf(received)).toEqual(['here', 'there']);
      },
      PATIENCE_MS,
    );

    it(
      'consumes several topics in one group',
      async () => {
        const topics = [await newTopic(), await newTopic()];
        const received: DeliveredMessage[] = [];
        await consume({ group: newGroup(), topics, handle: async (message) => void received.push(message) });
        for (const topic of topics) await bus.publish(topic, [{ key: 'a', value: topic }]);
        await until(
          '2 messages',
          () => received.length,
          (value) => value >= 2,
        );
        expect(sorted(received.map(({ topic }) => topic))).toEqual(sorted(topics));
        expect(received.every(({ topic, value }) => topic === String(value))).toBe(true);
      },
      PATIENCE_MS,
    );

    it(
      'delivers all messages to each group, starting with the oldest',
      async () => {
        const topic = await newTopic();
        const messages = times(20).map((n) => ({ key: `key-${n}`, value: `${n}` }));
        await bus.publish(topic, messages);
        const first = await collect(topic);
        await until(
          '20 messages',
          () => first.received.length,
          (value) => value >= 20,
        );
        const second = await collect(topic);
        await until(
          '20 messages',
          () => second.received.length,
          (value) => value >= 20,
        );
        for (const { received } of [first, second]) expect(sorted(valuesOf(received))).toEqual(sorted(valuesOf(messages)));
      },
      PATIENCE_MS,
    );

    it(
      'resumes at the committed offset of the group',
      async () => {
        const [topic, group] = [await newTopic(), newGroup()];
        await bus.publish(
          topic,
          times(30).map((n) => ({ key: `key-${n}`, value: `before-${n}` })),
        );
        const first = await collect(topic, group);
        await until(
          '30 messages',
          () => first.received.length,
          (value) => value >= 30,
        );
        await first.consumer.stop();
        await bus.publish(topic, [{ key: 'a', value: 'after' }]);
        const second = await collect(topic, group, await openBus());
        await until(
          '1 message',
          () => second.received.length,
          (value) => value >= 1,
        );
        expect(valuesOf(second.received)).toEqual(['after']);
        expect(first.received).toHaveLength(30);
      },
      PATIENCE_MS,
    );

    it(
      'waits for the message in flight and commits it when the consumer stops',
      async () => {
        const [topic, group] = [await newTopic(), newGroup()];
        await bus.publish(
          topic,
          ['first', 'second'].map((value) => ({ key: 'a', value })),
        );
        let finish: (() => void) | null = null;
        const handled: string[] = [];
        const consumer = await consume({
          group,
          topics: [topic],
          handle: async ({ value }) => {
            await new Promise<void>((resolve) => (finish = resolve));
            handled.push(String(value));
          },
        });
        await until('the handler to begin', () => finish !== null);
        let stopped = false;
        const stopping = consumer.stop().then(() => (stopped = true));
        await new Promise(setImmediate);
        expect([stopped, handled]).toEqual([false, []]);
        finish!();
        await stopping;
        expect(handled).toEqual(['first']);
        const { received } = await collect(topic, group);
        await until(
          '1 message',
          () => received.length,
          (value) => value >= 1,
        );
        expect(valuesOf(received)).toEqual(['second']);
      },
      PATIENCE_MS,
    );

    it(
      'delivers the unfinished messages of a lost member to another member',
      async () => {
        const [topic, group] = [await newTopic(), newGroup()];
        await bus.publish(
          topic,
          ['first', 'second', 'third'].map((value) => ({ key: 'a', value })),
        );
        const lost = await harness.open();
        const started: string[] = [];
        await lost.consume({
          group,
          topics: [topic],
          handle: ({ value }) => {
            started.push(String(value));
            return String(value) === 'second' ? new Promise<void>(() => undefined) : Promise.resolve();
          },
        });
        await until('the second message', () => started.includes('second'));
        await lost.close();
        const { received } = await collect(topic, group);
        await until('the third message', () => valuesOf(received).includes('third'));
        expect(started).toEqual(['first', 'second']);
        expect(valuesOf(received).slice(-2)).toEqual(['second', 'third']);
      },
      PATIENCE_MS,
    );

    it(
      'redelivers a failed message before the next one of its partition, while other partitions continue',
      async () => {
        const topic = await newTopic();
        await bus.publish(
          topic,
          times(60).map((n) => ({ key: `key-${n % 20}`, value: `${n}` })),
        );
        const received: DeliveredMessage[] = [];
        const errors: unknown[] = [];
        const recoveries: number[] = [];
        let failures = 0;
        let failed: DeliveredMessage | null = null;
        let isFailing = true;
        await consume({
          group: newGroup(),
          topics: [topic],
          handle: async (message) => {
            failed ??= message;
            if (isFailing && identityOf(message) === identityOf(failed)) {
              failures += 1;
              throw new Error('not yet');
            }
            received.push(message);
          },
          onError: (error) => errors.push(error),
          onRecovered: (count) => recoveries.push(count),
        });
        const { received: everything } = await collect(topic);
        await until(
          '60 deliveries',
          () => everything.length,
          (value) => value >= 60,
        );
        const waiting = everything.filter(({ partition }) => partition === failed?.partition);
        await until('three failures and the other messages', () => failures >= 3 && received.length >= 60 - waiting.length);
        expect(received.some(({ partition }) => partition === failed?.partition)).toBe(false);
        expect(received).toHaveLength(60 - waiting.length);
        isFailing = false;
        await until(
          '60 messages',
          () => received.length,
          (value) => value >= 60,
        );
        const afterwards = received.filter(({ partition }) => partition === failed?.partition);
        expect(valuesOf(afterwards)).toEqual(valuesOf(waiting));
        // One error when the failures start and one recovery when they end, for any number of failures.
        expect(errors).toHaveLength(1);
        expect(recoveries).toEqual([failures]);
      },
      PATIENCE_MS,
    );

    it(
      'waits for a slow message before the next one of its partition',
      async () => {
        const topic = await newTopic();
        await bus.publish(
          topic,
          times(5).map((n) => ({ key: 'a', value: `${n}` })),
        );
        let running = 0;
        let maxRunning = 0;
        const handled: string[] = [];
        await consume({
          group: newGroup(),
          topics: [topic],
          handle: async ({ value }) => {
            maxRunning = Math.max(maxRunning, ++running);
            await new Promise(setImmediate);
            running -= 1;
            handled.push(String(value));
          },
        });
        await until(
          '5 messages',
          () => handled.length,
          (value) => value >= 5,
        );
        expect([maxRunning, handled]).toEqual([1, times(5).map(String)]);
      },
      PATIENCE_MS,
    );

    it(
      'shares the partitions between two members, and assigns all to one after the other leaves',
      async () => {
        const [topic, group] = [await newTopic(), newGroup()];
        let published = 0;
        const publish = async (): Promise<void> => {
          await bus.publish(
            topic,
            times(50).map((key) => ({ key: `key-${key}`, value: `${published++}` })),
          );
        };
        const first = await collect(topic, group);
        const second = await collect(topic, group, await openBus());
        const all = (): Set<string> => new Set(valuesOf([...first.received, ...second.received]));
        while (first.received.length === 0 || second.received.length === 0) {
          await publish();
          await until(
            'the broker to accept a message',
            () => all().size,
            (value) => value >= published,
          );
        }
        await publish();
        await first.consumer.stop();
        const before = first.received.length;
        await publish();
        await until(
          'the broker to accept a message',
          () => all().size,
          (value) => value >= published,
        );
        expect(first.received).toHaveLength(before);
        expect(sorted(all())).toEqual(sorted(times(published).map(String)));
      },
      PATIENCE_MS,
    );

    it(
      'returns the number of uncommitted messages of a group as its lag',
      async () => {
        const [topic, group] = [await newTopic(), newGroup()];
        await bus.publish(
          topic,
          times(25).map((n) => ({ key: `key-${n}`, value: '' })),
        );
        expect(await bus.lag(group, topic)).toBe(25);
        const { received, consumer } = await collect(topic, group);
        await until(
          'no lag',
          async () => await bus.lag(group, topic),
          (value) => value === 0,
        );
        expect(received).toHaveLength(25);
        await consumer.stop();
        await bus.publish(topic, [{ key: 'a', value: '' }]);
        expect(await (await openBus()).lag(group, topic)).toBe(1);
      },
      PATIENCE_MS,
    );

    it(
      'answers a ping until it is closed, and rejects messages afterwards',
      async () => {
        const another = await harness.open();
        const topic = await newTopic();
        await another.ping();
        await another.close();
        await another.close();
        await expect(another.ping()).rejects.toThrow();
        await expect(another.publish(topic, [{ key: 'a', value: '' }])).rejects.toThrow();
      },
      PATIENCE_MS,
    );
  });
};
