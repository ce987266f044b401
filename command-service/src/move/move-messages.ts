import { sleep } from '@rewards/async';
import { TOPICS } from '@rewards/contracts';
import { MessageBusDamaged, type MessageBus } from '@rewards/message-bus';
import { CONSUMER_GROUP } from '../intake/intake-metrics';

const POLL_MS = 20;

/**
 * Publishes the messages that the intake has not handled yet to another bus. No process may publish during the move. If an
 * interrupted move published a message twice, the intake records it once.
 * @param onError called with each failure that is retried
 * @returns the number of published messages
 * @throws MessageBusDamaged when no retry helps
 */
export const moveMessages = async (from: MessageBus, to: MessageBus, onError: (error: unknown) => void): Promise<number> => {
  let moved = 0;
  let damage: MessageBusDamaged | null = null;
  const consumer = await from.consume({
    group: CONSUMER_GROUP,
    topics: TOPICS,
    handle: async ({ topic, key, value, headers }) => {
      await to.publish(topic, [{ key, value, headers }]);
      moved += 1;
    },
    onError: (error) => {
      if (error instanceof MessageBusDamaged) damage = error;
      else onError(error);
    },
  });
  try {
    while (await isBehind(from)) {
      if (damage) throw damage;
      await sleep(POLL_MS);
    }
  } finally {
    await consumer.stop();
  }
  return moved;
};

const isBehind = async (bus: MessageBus): Promise<boolean> => {
  for (const topic of TOPICS) if ((await bus.lag(CONSUMER_GROUP, topic)) > 0) return true;
  return false;
};
