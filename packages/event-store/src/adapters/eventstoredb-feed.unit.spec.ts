import { Readable } from 'node:stream';
import type { EventStoreDBClient, Filter } from '@eventstore/db-client';
import { formatPosition, START } from '@rewards/contracts';
import { BATCH_SIZE, Feed } from './eventstoredb-feed';

/** A subscription whose buffer already has this number of events. */
const subscriptionOf = (count: number) => {
  const subscription = new Readable({ objectMode: true, read: () => undefined });
  for (let index = 0; index < count; index += 1) subscription.push({ index });
  let receivedFilter: Filter | undefined;
  const client = {
    subscribeToAll: ({ filter }: { readonly filter: Filter }) => {
      receivedFilter = filter;
      return Object.assign(subscription, { unsubscribe: async () => undefined });
    },
  } as unknown as EventStoreDBClient;
  return {
    client,
    subscription,
    reportCheckpoint: async (position: bigint) => {
      await receivedFilter?.checkpointReached?.(subscription as never, { commit: position, prepare: 0n });
    },
  };
};

describe('Feed', () => {
  it('returns a checkpoint and the end of the log only after all earlier events', async () => {
    const { client, subscription, reportCheckpoint } = subscriptionOf(BATCH_SIZE + 100);
    const feed = new Feed(client, START, []);
    await reportCheckpoint(7n);
    subscription.emit('caughtUp');

    const first = feed.take();
    expect(first).toMatchObject({ checkpoint: null, isLive: false });
    expect(first?.events).toHaveLength(BATCH_SIZE);
    const second = feed.take();
    expect(second).toMatchObject({ checkpoint: formatPosition(7n, 0n), isLive: true });
    expect(second?.events).toHaveLength(100);
    expect(feed.take()).toBeNull();
    feed.close();
  });

  it('is no longer live after it fell behind', () => {
    const { client, subscription } = subscriptionOf(0);
    const feed = new Feed(client, START, ['s-']);
    subscription.emit('caughtUp');
    expect(feed.take()).toMatchObject({ events: [], isLive: true });
    subscription.emit('fellBehind');
    expect(feed.take()).toMatchObject({ events: [], isLive: false });
    feed.close();
  });

  it('waits for an event, the time limit or an abort', async () => {
    const { client, subscription } = subscriptionOf(0);
    const feed = new Feed(client, START, []);
    const { signal } = new AbortController();
    await feed.waitForArrival(1, signal);
    const arriving = feed.waitForArrival(60_000, signal);
    subscription.push({});
    await arriving;
    expect(feed.take()?.events).toHaveLength(1);

    const aborting = new AbortController();
    const waiting = feed.waitForArrival(60_000, aborting.signal);
    aborting.abort();
    await waiting;
    feed.close();
  });

  it('throws the error that broke it, and an error if the server ends it', () => {
    const broken = subscriptionOf(1);
    const feed = new Feed(broken.client, START, ['s-']);
    broken.subscription.emit('error', new Error('gone'));
    expect(() => feed.take()).toThrow('gone');
    feed.close();

    const ended = subscriptionOf(0);
    const another = new Feed(ended.client, START, ['s-']);
    ended.subscription.emit('end');
    expect(() => another.take()).toThrow('ended');
    another.close();
  });
});
