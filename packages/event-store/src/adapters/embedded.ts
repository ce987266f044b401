import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Position } from '@rewards/contracts';
import { EngineDamaged, GroupCommit, isEngineFault, openDatabase, retryWhileBusy, type Database } from '@rewards/sqlite';
import {
  EventStoreDamaged,
  EventStoreUnavailable,
  type Appended,
  type Batch,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type StreamEvent,
  type SubscribeOptions,
} from '../event-store';
import { createSchema, EmbeddedLog, isMade, PAGE_SIZE, positionOf, seqOf, type Step } from './embedded-log';
import { GrowthWatch } from './growth-watch';
import { serialise } from './serialised-event';

export interface EmbeddedEventStoreOptions {
  /** Path of the SQLite file; it has one writing service. */
  readonly file: string;
  /** The file belongs to another service: nothing is made or written, and a log that is not there yet reads as empty. */
  readonly queryOnly?: boolean;
}

/**
 * Opens the log in a SQLite file.
 * A file that cannot be opened now is opened by a later operation.
 */
export const openEmbeddedEventStore = (options: EmbeddedEventStoreOptions): EventStore => new EmbeddedEventStore(options);

const MAX_BACKOFF_MS = 1_000;

const translate = (error: unknown): unknown => {
  if (!isEngineFault(error)) return error;
  const PortError = error instanceof EngineDamaged ? EventStoreDamaged : EventStoreUnavailable;
  return new PortError((error as Error).message, { cause: error });
};

/** Lets sockets and timers have their turn: catching up never holds up the rest of the process. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class EmbeddedEventStore implements EventStore {
  private database: Database | null = null;
  private commits: GroupCommit | null = null;
  private log: EmbeddedLog | null = null;
  private readonly growth = new GrowthWatch(() => this.findLog()?.head() ?? 0);
  private readonly subscriptions = new Set<AbortController>();
  private closing: Promise<void> | null = null;

  constructor(private readonly options: EmbeddedEventStoreOptions) {
    if (options.queryOnly) return;
    try {
      this.openToWrite();
    } catch (error) {
      // The next operation tries to open the log again.
      if (translate(error) === error) throw error;
    }
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    if (this.options.queryOnly) throw new TypeError('the log was opened for reading alone');
    const serialised = serialise(events);
    try {
      const { seq, revision } = await this.openToWrite().write(() => this.requireLog().append(stream, expected, serialised));
      this.growth.grewTo(seq);
      return { revision, position: positionOf(seq) };
    } catch (error) {
      throw translate(error);
    }
  }

  async readStream(stream: string, from = 0): Promise<readonly StreamEvent[]> {
    const events: StreamEvent[] = [];
    for (;;) {
      const page = await this.read((log) => log?.streamPage(stream, from + events.length) ?? []);
      events.push(...page);
      if (page.length < PAGE_SIZE) return events;
      await nextTurn();
    }
  }

  async *subscribe({ after, prefixes, signal }: SubscribeOptions): AsyncGenerator<Batch, void, undefined> {
    const ending = new AbortController();
    const end = () => ending.abort();
    if (this.closing || signal?.aborted) return;
    signal?.addEventListener('abort', end);
    this.subscriptions.add(ending);

    let searched = seqOf(after);
    let hasCaughtUp = false;
    let failures = 0;
    try {
      for (;;) {
        await nextTurn();
        if (ending.signal.aborted) return;
        const step = this.search(searched, prefixes);
        if (!step) {
          if (hasCaughtUp) yield { events: [], searched: positionOf(searched), caughtUp: false };
          hasCaughtUp = false;
          await pause(Math.min(MAX_BACKOFF_MS, 2 ** failures++), ending.signal);
          continue;
        }
        failures = 0;
        const isNews = step.searched > searched || (step.caughtUp && !hasCaughtUp);
        searched = step.searched;
        hasCaughtUp ||= step.caughtUp;
        if (isNews) yield { ...step, searched: positionOf(searched) };
        else await this.growth.beyond(searched, ending.signal);
      }
    } finally {
      signal?.removeEventListener('abort', end);
      this.subscriptions.delete(ending);
    }
  }

  async head(): Promise<Position> {
    return positionOf(await this.read((log) => log?.head() ?? 0));
  }

  eventsBetween(after: Position, upTo: Position): number {
    return Math.max(0, seqOf(upTo) - seqOf(after));
  }

  logId(): Promise<string> {
    return this.read(() => this.requireLog().id());
  }

  async ping(): Promise<void> {
    await this.head();
    if (this.options.queryOnly) return;
    await this.openToWrite()
      .probe()
      .catch((error: unknown) => {
        throw translate(error);
      });
  }

  close(): Promise<void> {
    return (this.closing ??= this.release());
  }

  private async release(): Promise<void> {
    for (const subscription of this.subscriptions) subscription.abort();
    await this.commits?.close();
    this.database?.close();
    // The driver keeps the file open for as long as a statement of it can be reached.
    this.log = null;
    this.database = null;
  }

  private openToWrite(): GroupCommit {
    if (this.commits) return this.commits;
    if (this.closing) throw new EventStoreUnavailable('the store is closed');
    this.database = openDatabase({ file: this.options.file, schema: createSchema() });
    return (this.commits = new GroupCommit(this.database));
  }

  private read<T>(query: (log: EmbeddedLog | null) => T): Promise<T> {
    return retryWhileBusy(() => {
      if (this.closing) throw new EventStoreUnavailable('the store is closed');
      return query(this.findLog());
    }).catch((error: unknown) => {
      throw translate(error);
    });
  }

  /** @returns null when the engine did not answer */
  private search(after: number, prefixes: readonly string[] | undefined): Step | null {
    try {
      return this.findLog()?.search(after, prefixes) ?? { events: [], searched: after, caughtUp: true };
    } catch (error) {
      const translated = translate(error);
      if (translated instanceof EventStoreUnavailable) return null;
      throw translated;
    }
  }

  private requireLog(): EmbeddedLog {
    const log = this.findLog();
    if (!log) throw new EventStoreUnavailable('nobody has made the log yet');
    return log;
  }

  /** @returns null while nobody has made the log */
  private findLog(): EmbeddedLog | null {
    if (this.log) return this.log;
    const { file, queryOnly } = this.options;
    if (!queryOnly) this.openToWrite();
    this.database ??= existsSync(file) ? openDatabase({ file, schema: createSchema(), queryOnly: true }) : null;
    if (this.database && isMade(this.database)) this.log = new EmbeddedLog(this.database);
    return this.log;
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal, ref: false }).catch(() => undefined);
