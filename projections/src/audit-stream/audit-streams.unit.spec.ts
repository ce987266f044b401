import { formatPosition, upcast } from '@rewards/contracts';
import { CheckpointMismatch, type Batch, type EventStore } from '@rewards/event-store';
import { AuditStreams } from './audit-streams';

const HEAD = formatPosition(1);
const FILTER = {};

it('ends all streams when the subscription to the log fails, and subscribes again for the next reader', async () => {
  const tails: ((error: Error) => void)[] = [];
  const store = {
    head: async () => HEAD,
    eventIdAt: async () => 'ffffffff-ffff-4fff-bfff-ffffffffffff',
    subscribe: async function* (): AsyncGenerator<Batch> {
      yield* [];
      await new Promise((_resolve, reject) => tails.push(reject));
    },
  } as unknown as EventStore;
  const streams = new AuditStreams(store, upcast, { heartbeatMs: 600_000 });
  const open = async () => {
    const { frames, close } = await streams.open(FILTER, { place: HEAD, field: 'after' }, 'account', new AbortController());
    return { reading: frames[Symbol.asyncIterator](), close };
  };
  const [one, other] = [await open(), await open()];
  for (const { reading } of [one, other]) expect((await reading.next()).value).toContain('event: caught-up');
  const waiting = [one, other].map(({ reading }) => reading.next());
  expect(tails).toHaveLength(1);
  tails[0]?.(new CheckpointMismatch('PAST_END'));
  for (const next of waiting) await expect(next).rejects.toThrow(CheckpointMismatch);
  for (const { close } of [one, other]) close();

  const later = await open();
  expect((await later.reading.next()).value).toContain('event: caught-up');
  expect(tails).toHaveLength(2);
  later.close();
});
