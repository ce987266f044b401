import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collection, DocumentStore } from '@rewards/document-store';
import type { Message, MessageBus } from '@rewards/message-bus';
import { openDatabase } from '@rewards/sqlite';
import { randomFrom } from '../random';

/**
 * What the composition roots beside this file add to the engines. Only they read these settings; the services' own roots know
 * nothing of them.
 */
const { FAULT_CRASH = '', FAULT_PROCESS = '', FAULT_SEED = '', DATA_DIR = '' } = process.env;

/** Where a process may die. */
export const CRASH_POINTS = [
  /** All that the group writes is written, and not committed. */
  'before-commit',
  /** It is committed, and nobody has been told. */
  'after-commit',
  /** The broker has the messages; the outbox still has them too. */
  'published',
  /** The log has what the message says; its offset is not committed. */
  'handled',
  /** The documents are written; the checkpoint is not. */
  'documents-written',
  /** The account is erased; its traces in files and directory are not. */
  'scrubbing',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

const [armed, hits] = FAULT_CRASH.split(':');
let left = Number(hits ?? 0);

/** Ends this process as a power cut does, when it is armed for this place. */
const crash = (point: CrashPoint): void => {
  if (point !== armed) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
};

interface Engines {
  openMessageBus: (...settings: never[]) => MessageBus;
  openDocumentStore: (...settings: never[]) => DocumentStore;
}

// The services look these functions up when they call them.
const engines = require('@rewards/service-kit/engines') as Engines;

const isDiskFull = (): boolean => existsSync(join(DATA_DIR, `disk-full ${FAULT_PROCESS}`));

/** Lets commits be crash points, and fail while a file says that the disk is full. */
export const breakCommits = (): void => {
  const sample = openDatabase({ file: ':memory:' });
  const prototype = Object.getPrototypeOf(sample) as { exec: (this: unknown, sql: string) => unknown };
  sample.close();
  const { exec } = prototype;
  prototype.exec = function (sql) {
    if (sql !== 'COMMIT') return exec.call(this, sql);
    if (isDiskFull()) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    crash('before-commit');
    const result = exec.call(this, sql);
    crash('after-commit');
    return result;
  };
};

/** Messages are published twice now and then, in another order, and again much later. */
export const breakBus = (): void => {
  const { openMessageBus } = engines;
  const random = randomFrom(Number(FAULT_SEED));
  const earlier = new Map<string, Message[]>();
  engines.openMessageBus = (...settings) => {
    const bus = openMessageBus(...settings);
    return wrap(bus, {
      publish: async (topic, messages) => {
        const old = earlier.get(topic) ?? [];
        earlier.set(topic, [...messages, ...old].slice(0, 100));
        const again = [...messages, ...old].filter(() => random() < 0.1);
        await bus.publish(topic, random() < 0.5 ? [...messages, ...again] : [...messages, ...again].toReversed());
        crash('published');
      },
      consume: (options) =>
        bus.consume({
          ...options,
          handle: async (message) => {
            await options.handle(message);
            crash('handled');
          },
        }),
    });
  };
};

/** Documents may be written and their checkpoint not; an erased account may leave traces for the next process to remove. */
export const breakDocuments = (): void => {
  const { openDocumentStore } = engines;
  engines.openDocumentStore = (...settings) => {
    const store = openDocumentStore(...settings);
    const collection: DocumentStore['collection'] = async <T extends object>(spec: Parameters<typeof store.collection<T>>[0]) => {
      const opened: Collection<T> = await store.collection(spec);
      return wrap(opened, {
        writeNewer: async (documents) => {
          await opened.writeNewer(documents);
          if (documents.length > 0) crash('documents-written');
        },
      });
    };
    return wrap(store, {
      collection,
      scrub: async () => {
        crash('scrubbing');
        await store.scrub();
      },
    });
  };
};

/** The same object with some methods in front of its own. */
const wrap = <T extends object>(target: T, methods: Partial<T>): T =>
  new Proxy(target, {
    get: (_target, name) => {
      const own = (methods as Record<PropertyKey, unknown>)[name] ?? Reflect.get(target, name, target);
      return typeof own === 'function' ? (own as (...parameters: unknown[]) => unknown).bind(target) : own;
    },
  });
