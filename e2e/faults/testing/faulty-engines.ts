import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { sleep } from '@rewards/async';
import { PREFIXES } from '@rewards/contracts';
import { DocumentStoreUnavailable, type Collection, type DocumentStore } from '@rewards/document-store';
import { EventStoreUnavailable, type EventStore } from '@rewards/event-store';
import { MessageBusUnavailable, type Message, type MessageBus } from '@rewards/message-bus';
import type { OpenEngines } from '@rewards/projections/dist/threads/open-engines';
import { openDocumentStore, openEventStore, type EmbeddedOptions } from '@rewards/service-kit/engines';
import { armedFile, outageFile, RESUMED, triggeredFile, type ArmedFailpoint, type Failpoint, type Outage } from '../failpoints';
import { randomFrom } from '../random';

/** Settings of the composition roots in this folder. The services themselves do not read them. */
const { FAULT_PROCESS = '', FAULT_SEED = '', DATA_DIR = '' } = process.env;
const SERVICE = FAULT_PROCESS.replace('second ', '');
const ARMED_FILE = join(DATA_DIR, armedFile(SERVICE));
const TRIGGERED_FILE = join(DATA_DIR, triggeredFile(SERVICE));

const random = randomFrom(Number(FAULT_SEED));

/** Adds failpoints to the commits of the embedded engines. Commits fail during a `disk` outage. */
export const faultyCommits: EmbeddedOptions = {
  runCommit: (commit) => {
    if (hasOutage('disk')) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    hitFailpointSync('committing');
    commit();
    hitFailpointSync('committed');
  },
};

/** Adds failpoints to appends. During an outage, appends fail, some of them after they were written. */
export const faultyEventStore = (store: EventStore): EventStore =>
  override(store, {
    append: (...parameters) => withFaults('events', pointsOf(parameters[0]), () => store.append(...parameters)),
  });

const OF_OUTCOMES = [PREFIXES.delivery, PREFIXES.deliveries];

/** Returns the failpoints before and after an append to a stream. */
const pointsOf = (stream: string): readonly [Failpoint, Failpoint] => {
  if (stream.startsWith(PREFIXES.earlierDeliveries)) return ['listing', 'listed'];
  return OF_OUTCOMES.some((prefix) => stream.startsWith(prefix)) ? ['recording', 'recorded'] : ['appending', 'appended'];
};

/** Adds failpoints to the bus, and sometimes duplicates, reorders and republishes messages. */
export const faultyBus = (bus: MessageBus): MessageBus => {
  const earlier = new Map<string, Message[]>();
  return override(bus, {
    publish: async (topic, messages) => {
      const old = earlier.get(topic) ?? [];
      earlier.set(topic, [...messages, ...old].slice(0, 100));
      // Republishes few older messages: more would hide the loss of a message.
      const duplicates = [...messages.filter(() => random() < 0.1), ...old.filter(() => random() < 0.001)];
      const sent = random() < 0.5 ? [...messages, ...duplicates] : [...messages, ...duplicates].toReversed();
      await withFaults('bus', ['publishing', 'published'], () => bus.publish(topic, sent));
    },
    consume: (options) =>
      bus.consume({
        ...options,
        handle: async (message, following) => {
          await hitFailpoint('handling');
          await options.handle(message, following);
          await hitFailpoint('handled');
        },
      }),
  });
};

/** Adds failpoints to writes of documents. During an outage, writes fail, some of them after they took effect. */
export const faultyDocuments = (store: DocumentStore): DocumentStore =>
  override(store, {
    collection: async <T extends object>(spec: Parameters<typeof store.collection<T>>[0]) => {
      const opened: Collection<T> = await store.collection(spec);
      const write = <R>(change: () => Promise<R>) => withFaults('documents', ['replacing', 'replaced'], change);
      return override(opened, {
        insert: (id, document) => write(() => opened.insert(id, document)),
        replace: async (id, version, document) => {
          const isReplaced = await write(() => opened.replace(id, version, document));
          if ('status' in document && document.status === 'erased') await hitFailpoint('erased');
          return isReplaced;
        },
        delete: (id, version) => write(() => opened.delete(id, version)),
        writeNewer: async (documents) => {
          if (documents.length === 0) return;
          await withFaults('documents', ['writing documents', 'documents written'], () => opened.writeNewer(documents));
        },
      });
    },
    scrub: async () => {
      await hitFailpoint('scrubbing');
      await store.scrub();
    },
  });

/** Opens engines with failpoints in a thread. A thread has the environment of its process, and a crash or a freeze affects all of it. */
export const openFaultyEngines: OpenEngines = {
  openStore: (settings, access) => faultyEventStore(openEventStore(settings, access)),
  openViews: (settings, database, access) => faultyDocuments(openDocumentStore(settings, database, access, faultyCommits)),
};

const UNAVAILABLE = {
  events: EventStoreUnavailable,
  documents: DocumentStoreUnavailable,
  bus: MessageBusUnavailable,
} as const;

/** Runs a write between two failpoints. During an outage the write fails, and its caller cannot tell whether it took effect. */
const withFaults = async <T>(
  outage: keyof typeof UNAVAILABLE,
  [before, after]: readonly [Failpoint, Failpoint],
  write: () => Promise<T>,
): Promise<T> => {
  await hitFailpoint(before);
  const fail = (): never => {
    throw new UNAVAILABLE[outage]('outage injected by the fault suite');
  };
  if (hasOutage(outage) && random() < 0.7) fail();
  const result = await write();
  await hitFailpoint(after);
  return hasOutage(outage) ? fail() : result;
};

const hasOutage = (outage: Outage): boolean => existsSync(join(DATA_DIR, outageFile(FAULT_PROCESS, outage)));

let armedText = '';
let hitsLeft = 0;

/** Counts a hit. @returns the armed failpoint if this process triggers it now */
const trigger = (point: Failpoint): ArmedFailpoint | null => {
  if (!existsSync(ARMED_FILE)) return null;
  try {
    const text = readFileSync(ARMED_FILE, 'utf8');
    const armed = JSON.parse(text) as ArmedFailpoint;
    if (armed.point !== point) return null;
    if (text !== armedText) [armedText, hitsLeft] = [text, armed.hit];
    hitsLeft -= 1;
    if (hitsLeft > 0) return null;
    renameSync(ARMED_FILE, TRIGGERED_FILE);
    writeFileSync(TRIGGERED_FILE, FAULT_PROCESS);
    return armed;
  } catch {
    // Another process has triggered the failpoint, or the suite has disarmed it.
    return null;
  }
};

const crash = (): void => void process.kill(process.pid, 'SIGKILL');
/**
 * Stops this process until the suite resumes it, and then removes the file. The kernel may deliver the signal to another thread, and
 * this one continues until then: so it waits for the end of the freeze, which the suite writes to the file.
 */
const freeze = (): void => {
  process.kill(process.pid, 'SIGSTOP');
  while (readFileSync(TRIGGERED_FILE, 'utf8') !== RESUMED) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
  rmSync(TRIGGERED_FILE);
};

/** In a thread, `process.exit` ends only the thread. */
const endThread = (): void => {
  if (!isMainThread) process.exit(1);
};

const hitFailpoint = async (point: Failpoint): Promise<void> => {
  const armed = trigger(point);
  if (armed?.kind === 'freeze') freeze();
  if (armed?.kind === 'end thread') endThread();
  if (armed?.kind !== 'crash') return;
  await sleep(armed.lingerMs);
  crash();
};

const hitFailpointSync = (point: Failpoint): void => {
  const armed = trigger(point);
  if (armed?.kind === 'freeze') freeze();
  if (armed?.kind === 'end thread') endThread();
  if (armed?.kind === 'crash') crash();
};

/** Returns a proxy of an object with some methods replaced. */
const override = <T extends object>(target: T, methods: Partial<T>): T =>
  new Proxy(target, {
    get: (_target, name) => {
      const own = (methods as Record<PropertyKey, unknown>)[name] ?? Reflect.get(target, name, target);
      return typeof own === 'function' ? (own as (...parameters: unknown[]) => unknown).bind(target) : own;
    },
  });
