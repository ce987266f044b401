import { START } from '@rewards/contracts';
import { EventStoreUnavailable, type Batch, type EventStore } from '@rewards/event-store';
import { readLog } from './read-log';

/** A log whose engine answers a number of probes but never delivers a batch. */
const silentLog = (probes: number) => {
  const logId = jest.fn(async () => {
    if (logId.mock.calls.length > probes) throw new EventStoreUnavailable('no answer');
    return 'log';
  });
  let isEnded = false;
  const subscribe = async function* ({ signal }: { signal?: AbortSignal }): AsyncGenerator<Batch> {
    if (signal?.aborted) return;
    await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
    isEnded = true;
    yield* [];
  };
  const store = { logId, head: async () => START, subscribe } as unknown as EventStore;
  return { store, logId, isEnded: () => isEnded };
};
const read = async (store: EventStore, signal: AbortSignal) => {
  for await (const { events } of readLog(store, { after: START, signal }, 5)) expect(events).toEqual([]);
};

it.each([0, 3])('readLog fails and ends the subscription if the engine does not answer after %i probes', async (probes) => {
  const { store, logId, isEnded } = silentLog(probes);
  await expect(read(store, new AbortController().signal)).rejects.toThrow(EventStoreUnavailable);
  expect(logId).toHaveBeenCalledTimes(probes + 1);
  expect(isEnded()).toBe(probes > 0);
});

it('readLog fails with the reason of its signal', async () => {
  const { store, logId, isEnded } = silentLog(Infinity);
  const ended = new AbortController();
  const probedTwice = new Promise<void>((resolve) => {
    logId.mockImplementation(async () => {
      if (logId.mock.calls.length > 1) resolve();
      return 'log';
    });
  });
  const reading = read(store, ended.signal);
  await probedTwice;
  ended.abort(new Error('stopped'));
  await expect(reading).rejects.toThrow('stopped');
  expect(isEnded()).toBe(true);
});
