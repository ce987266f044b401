import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '@rewards/async';
import { DocumentStoreUnavailable, type Collection, type DocumentStore } from '@rewards/document-store';
import { EventStoreUnavailable, type EventStore } from '@rewards/event-store';
import { MessageBusUnavailable, type Message, type MessageBus } from '@rewards/message-bus';
import type { EmbeddedOptions } from '@rewards/service-kit/engines';
import { orderFile, refusalFile, takenFile, type Order, type Point, type Refusal } from '../points';
import { randomFrom } from '../random';

/**
 * What the composition roots beside this file add to the engines. Only they read these settings; the services' own roots know
 * nothing of them.
 */
const { FAULT_PROCESS = '', FAULT_SEED = '', DATA_DIR = '' } = process.env;
const SERVICE = FAULT_PROCESS.replace('second ', '');
const ORDER_FILE = join(DATA_DIR, orderFile(SERVICE));
const TAKEN_FILE = join(DATA_DIR, takenFile(SERVICE));

const random = randomFrom(Number(FAULT_SEED));

/** Lets the commits of the embedded engines be points, and fail while a file says that the disk is full. */
export const breakCommits: EmbeddedOptions = {
  runCommit: (commit) => {
    if (isRefused('disk')) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    passNow('committing');
    commit();
    passNow('committed');
  },
};

/** The log, whose appends fail, or are acknowledged as if they had failed. */
export const brokenLog = (log: EventStore): EventStore =>
  wrap(log, {
    append: (stream, expected, events) =>
      disturbed('events', ['appending', 'appended'], () => log.append(stream, expected, events)),
  });

/** Messages are published twice now and then, in another order, and again much later. */
export const brokenBus = (bus: MessageBus): MessageBus => {
  const earlier = new Map<string, Message[]>();
  return wrap(bus, {
    publish: async (topic, messages) => {
      const old = earlier.get(topic) ?? [];
      earlier.set(topic, [...messages, ...old].slice(0, 100));
      // Few of the older ones: what comes again by itself anyhow would hide that it was lost.
      const again = [...messages.filter(() => random() < 0.1), ...old.filter(() => random() < 0.001)];
      const sent = random() < 0.5 ? [...messages, ...again] : [...messages, ...again].toReversed();
      await disturbed('bus', ['publishing', 'published'], () => bus.publish(topic, sent));
    },
    consume: (options) =>
      bus.consume({
        ...options,
        handle: async (message) => {
          await pass('handling');
          await options.handle(message);
          await pass('handled');
        },
      }),
  });
};

/** Documents whose changes fail, or are acknowledged as if they had failed. */
export const brokenDocuments = (store: DocumentStore): DocumentStore =>
  wrap(store, {
    collection: async <T extends object>(spec: Parameters<typeof store.collection<T>>[0]) => {
      const opened: Collection<T> = await store.collection(spec);
      const changing = <R>(change: () => Promise<R>) => disturbed('documents', ['replacing', 'replaced'], change);
      return wrap(opened, {
        insert: (id, document) => changing(() => opened.insert(id, document)),
        replace: async (id, version, document) => {
          const isReplaced = await changing(() => opened.replace(id, version, document));
          if ('status' in document && document.status === 'erased') await pass('erased');
          return isReplaced;
        },
        delete: (id, version) => changing(() => opened.delete(id, version)),
        writeNewer: async (documents) => {
          if (documents.length === 0) return;
          await disturbed('documents', ['writing documents', 'documents written'], () => opened.writeNewer(documents));
        },
      });
    },
    scrub: async () => {
      await pass('scrubbing');
      await store.scrub();
    },
  });

const UNAVAILABLE = {
  events: EventStoreUnavailable,
  documents: DocumentStoreUnavailable,
  bus: MessageBusUnavailable,
} as const;

/** A write with a point on either side of it. Of one that is refused nobody can say whether it happened. */
const disturbed = async <T>(
  refusal: keyof typeof UNAVAILABLE,
  [before, after]: readonly [Point, Point],
  write: () => Promise<T>,
): Promise<T> => {
  await pass(before);
  const refuse = (): never => {
    throw new UNAVAILABLE[refusal]('refused by the fault suite');
  };
  if (isRefused(refusal) && random() < 0.7) refuse();
  const result = await write();
  await pass(after);
  return isRefused(refusal) ? refuse() : result;
};

const isRefused = (refusal: Refusal): boolean => existsSync(join(DATA_DIR, refusalFile(FAULT_PROCESS, refusal)));

let heard = '';
let left = 0;

/** @returns the order, when it is this process's turn now */
const reached = (point: Point): Order | null => {
  if (!existsSync(ORDER_FILE)) return null;
  try {
    const text = readFileSync(ORDER_FILE, 'utf8');
    const order = JSON.parse(text) as Order;
    if (order.point !== point) return null;
    if (text !== heard) [heard, left] = [text, order.hit];
    left -= 1;
    if (left > 0) return null;
    renameSync(ORDER_FILE, TAKEN_FILE);
    writeFileSync(TAKEN_FILE, FAULT_PROCESS);
    return order;
  } catch {
    // Another process was faster, or the order was withdrawn.
    return null;
  }
};

const die = (): void => void process.kill(process.pid, 'SIGKILL');
/** Sleeps until it is woken, and says that it was: one that was woken before it slept is woken again. */
const freeze = (): void => {
  process.kill(process.pid, 'SIGSTOP');
  rmSync(TAKEN_FILE);
};

const pass = async (point: Point): Promise<void> => {
  const order = reached(point);
  if (order?.kind === 'freeze') freeze();
  if (order?.kind !== 'crash') return;
  await sleep(order.lingerMs);
  die();
};

const passNow = (point: Point): void => {
  const order = reached(point);
  if (order?.kind === 'freeze') freeze();
  if (order?.kind === 'crash') die();
};

/** The same object with some methods in front of its own. */
const wrap = <T extends object>(target: T, methods: Partial<T>): T =>
  new Proxy(target, {
    get: (_target, name) => {
      const own = (methods as Record<PropertyKey, unknown>)[name] ?? Reflect.get(target, name, target);
      return typeof own === 'function' ? (own as (...parameters: unknown[]) => unknown).bind(target) : own;
    },
  });
