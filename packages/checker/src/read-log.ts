import { childController, waitFor } from '@rewards/async';
import { type Checkpoint, type Position } from '@rewards/contracts';
import type { Batch, EventStore } from '@rewards/event-store';

/** How long a subscription may deliver nothing before the engine is probed. */
const SILENCE_MS = 5_000;

/**
 * Reads the log from a place until it has caught up. A subscription would wait for an unavailable engine without a time limit;
 * this function fails instead.
 * @throws EventStoreUnavailable, CheckpointMismatch, the reason of the signal
 */
export async function* readLog(
  store: EventStore,
  options: { readonly after: Position | Checkpoint; readonly prefixes?: readonly string[]; readonly signal: AbortSignal },
  silenceMs = SILENCE_MS,
): AsyncGenerator<Batch, void, undefined> {
  const { signal } = options;
  await requireEngine(store);
  const ended = childController(signal);
  const batches = store.subscribe({ ...options, signal: ended.signal })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const step = await nextStep(store, batches, ended.signal, silenceMs);
      signal.throwIfAborted();
      if (step.done) return;
      yield step.value;
      if (step.value.caughtUp) return;
    }
  } finally {
    ended.abort();
    await batches.return?.(undefined);
  }
}

const nextStep = async (
  store: EventStore,
  batches: AsyncIterator<Batch>,
  signal: AbortSignal,
  silenceMs: number,
): Promise<IteratorResult<Batch, unknown>> => {
  const next = batches.next();
  next.catch(() => undefined);
  for (;;) {
    const step = await waitFor(next, { ms: silenceMs, signal });
    if (step) return step;
    if (signal.aborted) return next;
    await requireEngine(store);
  }
};

const requireEngine = async (store: EventStore): Promise<void> => {
  await Promise.all([store.logId(), store.head()]);
};
