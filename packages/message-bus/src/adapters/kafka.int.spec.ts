import { MessageBusUnavailable } from '../message-bus';
import { messageBusContract } from '../testing/message-bus.contract';
import { findKafka } from '../testing/real-kafka';
import { reportSkipped } from '../testing/report-skipped';
import { openKafkaMessageBus } from './kafka';
import { assertAllStored } from './kafka-publisher';

const start = findKafka();

if (start) {
  messageBusContract('Kafka', async () => {
    const { brokers, stop } = await start();
    return { open: async () => openKafkaMessageBus({ brokers, clientId: 'contract', prefix: 'contract.' }), cleanUp: stop };
  });
} else {
  reportSkipped('message-bus contract on Kafka', 'no KAFKA_BROKERS, no Docker');
}

describe('message bus without a Kafka that answers', () => {
  it('says in time that it is away', async () => {
    // Nobody listens on the discard port.
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

describe('what Kafka acknowledged', () => {
  const answer = (partition: number) => ({ topicName: 'topic', partition, errorCode: 0 });

  it('is refused when a partition was left out', () => {
    expect(() => assertAllStored(new Set(['topic/0', 'topic/1']), [answer(0), answer(1)])).not.toThrow();
    expect(() => assertAllStored(new Set(['topic/0', 'topic/1']), [answer(0)])).toThrow(MessageBusUnavailable);
  });
});
