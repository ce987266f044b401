import { existsSync } from 'node:fs';
import { backoff, childController, nextTurn, sleep, type ChildController } from '@rewards/async';
import type { Checkpoint, Position, RecordedEvent } from '@rewards/contracts';
import {
  EngineDamaged,
  GroupCommit,
  isEngineFault,
  openDatabase,
  retryWhileBusy,
  type Database,
  type RunCommit,
} from '@rewards/sqlite';
import {
  EventStoreDamaged,
  EventStoreUnavailable,
  mismatchOf,
  type AppendOptions,
  type Appended,
  type Batch,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type SubscribeOptions,
} from '../event-store';
import {
  createSchema,
  EmbeddedLog,
  hasSchema,
  PAGE_SIZE,
  positionOf,
  seqOf,
  type SequencePlace,
  type Step,
} from './embedded-log';
import { GrowthWatch } from './growth-watch';
import { serialise } from './serialised-event';

export interface EmbeddedEventStoreOptions {
  /** Path of the SQLite file, which only one service writes. */
  readonly file: string;
  /** Read-only, for a log of another service: creates and writes nothing. A log that does not exist yet is empty. */
  readonly queryOnly?: boolean;
  /** Runs each commit. Default: commits directly. */
  readonly runCommit?: RunCommit;
}

/**
 * Opens the log in a SQLite file.
 * If the file cannot be opened now, a later operation tries again.
 */
export const openEmbeddedEventStore = (options: EmbeddedEventStoreOptions): EventStore => new EmbeddedEventStore(options);

const pauseMs = backoff({ firstMs: 1, maxMs: 1_000, jitter: 'none' });

const translate = (error: unknown): unknown => {
  if (!isEngineFault(error)) return error;
  const PortError = error instanceof EngineDamaged ? EventStoreDamaged : EventStoreUnavailable;
  return new PortError((error as Error).message, { cause: error });
};

class EmbeddedEventStore implements EventStore {
  private database: Database | null = null;
  private commits: GroupCommit | null = null;
  private log: EmbeddedLog | null = null;
  private readonly growth = new GrowthWatch(() => this.findLog()?.head() ?? 0);
  private readonly subscriptions = new Set<ChildController>();
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

  async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
    { priority }: AppendOptions = {},
  ): Promise<Appended> {
    if (this.options.queryOnly) throw new TypeError('the log was opened read-only, so it accepts no appends');
    const serialised = serialise(events);
    try {
      const write = () => this.requireLog().append(stream, expected, serialised);
      const { seq, revision, id } = await this.openToWrite().write(write, priority);
      this.growth.grewTo(seq);
      return { revision, position: positionOf(seq), eventId: id };
    } catch (error) {
      throw translate(error);
    }
  }

  async readStream(stream: string, from = 0): Promise<readonly RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for (;;) {
      const page = await this.read((log) => log?.streamPage(stream, from + events.length) ?? []);
      events.push(...page);
      if (page.length < PAGE_SIZE) return events;
      await nextTurn();
    }
  }

  readLast(stream: string): Promise<RecordedEvent | null> {
    return this.read((log) => log?.lastOf(stream) ?? null);
  }

  async *subscribe({ after, prefixes, signal }: SubscribeOptions): AsyncGenerator<Batch, void, undefined> {
    if (this.closing || signal?.aborted) return;
    const ending = childController(signal);
    this.subscriptions.add(ending);

    let place: Position | Checkpoint = after;
    let verified: VerifiedPlace | null = null;
    let hasCaughtUp = false;
    let failures = 0;
    try {
      for (;;) {
        await nextTurn();
        if (ending.signal.aborted) return;
        const step = await this.step(place, verified, prefixes);
        if (!step) {
          if (hasCaughtUp && verified) yield { events: [], checkpoint: checkpointAt(verified), caughtUp: false };
          verified = null;
          hasCaughtUp = false;
          await sleep(pauseMs(++failures), { signal: ending.signal, ref: false });
          continue;
        }
        failures = 0;
        const hasChanged = verified === null || step.searched.seq > verified.seq || (step.caughtUp && !hasCaughtUp);
        verified = { ...step.searched, logId: step.logId };
        place = checkpointAt(verified);
        hasCaughtUp ||= step.caughtUp;
        if (hasChanged) yield { events: step.events, checkpoint: place, caughtUp: step.caughtUp };
        else await this.growth.waitBeyond(verified.seq, ending.signal);
      }
    } finally {
      ending.abort();
      this.subscriptions.delete(ending);
    }
  }

  async head(): Promise<Position> {
    return positionOf(await this.read((log) => log?.head() ?? 0));
  }

  eventIdAt(position: Position): Promise<string | null> {
    const seq = seqOf(position);
    return this.read((log) => (seq === null ? null : (log?.idAt(seq) ?? null)));
  }

  eventsAt(positions: readonly Position[]): Promise<readonly RecordedEvent[]> {
    const numbers = positions.map(seqOf).filter((seq) => seq !== null);
    return this.read((log) => log?.eventsAt(numbers) ?? []);
  }

  eventsBetween(after: Position, upTo: Position): number {
    return Math.max(0, (seqOf(upTo) ?? 0) - (seqOf(after) ?? 0));
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
    // The driver keeps the file open as long as one of its statements is reachable.
    this.log = null;
    this.database = null;
  }

  private openToWrite(): GroupCommit {
    if (this.commits) return this.commits;
    if (this.closing) throw new EventStoreUnavailable('the store is closed');
    const { file, runCommit } = this.options;
    this.database = openDatabase({ file, schema: createSchema(), ...(runCommit && { runCommit }) });
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

  /**
   * Searches the next part of the log. Verifies the place first, at the start and after each failure.
   * @returns null if the engine is unavailable or the log does not exist yet
   * @throws CheckpointMismatch
   */
  private async step(
    place: Position | Checkpoint,
    verified: VerifiedPlace | null,
    prefixes: readonly string[] | undefined,
  ): Promise<(Step & Pick<VerifiedPlace, 'logId'>) | null> {
    try {
      const from = verified ?? (await this.verify(place));
      return { ...this.requireLog().search(from, prefixes), logId: from.logId };
    } catch (error) {
      const translated = translate(error);
      if (translated instanceof EventStoreUnavailable) return null;
      throw translated;
    }
  }

  private async verify(place: Position | Checkpoint): Promise<VerifiedPlace> {
    const mismatch = await mismatchOf(this, place);
    if (mismatch) throw mismatch;
    const position = typeof place === 'string' ? place : place.position;
    return { seq: seqOf(position) ?? 0, id: await this.eventIdAt(position), logId: await this.logId() };
  }

  private requireLog(): EmbeddedLog {
    const log = this.findLog();
    if (!log)
      throw new EventStoreUnavailable(`${this.options.file}: the log does not exist yet. The service that writes it creates it.`);
    return log;
  }

  /** @returns null while the log does not exist */
  private findLog(): EmbeddedLog | null {
    if (this.log) return this.log;
    const { file, queryOnly } = this.options;
    if (!queryOnly) this.openToWrite();
    this.database ??= existsSync(file) ? openDatabase({ file, schema: createSchema(), queryOnly: true }) : null;
    if (this.database && hasSchema(this.database)) this.log = new EmbeddedLog(this.database);
    return this.log;
  }
}

/** A place that was compared with the log. */
interface VerifiedPlace extends SequencePlace {
  readonly logId: string;
}

const checkpointAt = ({ seq, id, logId }: VerifiedPlace): Checkpoint => ({ logId, position: positionOf(seq), eventId: id });
