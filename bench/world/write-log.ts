import type { Position } from '@rewards/contracts';
import { NO_STREAM, type EventStore } from '@rewards/event-store';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { CHECKPOINTS } from '@rewards/command-service/dist/counter/checkpoint';
import type { DataSet } from './data-set';
import { LogGenerator, type LogPlan, type Pair } from './generate-log';

/** Streams with appends in flight while a log is written. */
const CONCURRENT_STREAMS = 512;
const REPORT_EVERY = 50_000;
/** The document of the counter's own checkpoint. */
const COUNTER = 'counter';

/** What a written log contains. */
export interface WrittenLog {
  readonly plan: LogPlan;
  readonly events: number;
  readonly logins: number;
  readonly head: Position;
  readonly eligible: readonly Pair[];
  readonly completed: readonly Pair[];
  /** Events for which a further login of a player counts, on average over all players. */
  readonly openCounts: number;
}

/**
 * Appends a generated log, and saves the counter's checkpoint at its end, because the log contains everything that was counted.
 */
export const writeLog = async (data: DataSet, plan: LogPlan, progress: (text: string) => void): Promise<WrittenLog> => {
  const store = openEventStore(data.settings, 'write');
  try {
    const generator = new LogGenerator(plan, data.ids);
    const events = await appendAll(store, generator, progress);
    const head = await store.head();
    await skipToEnd(data, store, head);
    const { eligible, completed, logins, openCounts } = generator;
    return { plan, events, logins, head, eligible, completed, openCounts: openCounts / plan.players };
  } finally {
    await store.close();
  }
};

const appendAll = async (store: EventStore, generator: LogGenerator, progress: (text: string) => void): Promise<number> => {
  const revisions = new Map<string, number>();
  // A stream has only one append in flight: an engine may store concurrent appends in any order.
  let pending = new Map<string, Promise<unknown>>();
  let events = 0;
  for (const append of generator.appends()) {
    if (pending.size === CONCURRENT_STREAMS) {
      await Promise.all(pending.values());
      pending = new Map();
    }
    const revision = revisions.get(append.stream) ?? NO_STREAM;
    revisions.set(append.stream, revision + append.events.length);
    const write = () => store.append(append.stream, revision, append.events);
    pending.set(append.stream, pending.get(append.stream)?.then(write) ?? write());
    const before = events;
    events += append.events.length;
    if (Math.floor(before / REPORT_EVERY) < Math.floor(events / REPORT_EVERY)) progress(`${events} events written`);
  }
  await Promise.all(pending.values());
  return events;
};

/** Saves the checkpoint of the counter at the end of the log. */
export const skipToEnd = async ({ settings }: DataSet, store: EventStore, head: Position): Promise<void> => {
  const documents = openDocumentStore(settings, 'command', 'write');
  try {
    const checkpoints = await documents.collection(CHECKPOINTS);
    const checkpoint = { logId: await store.logId(), position: head, eventId: await store.eventIdAt(head) };
    await checkpoints.writeNewer([{ id: COUNTER, position: head, document: checkpoint }]);
  } finally {
    await documents.close();
  }
};
