import {
  EngineDamaged,
  GroupCommit,
  OpenedFile,
  isEngineFault,
  openDatabase,
  type Database,
  type OpenOptions,
} from '@rewards/sqlite';
import { MessageBusDamaged, MessageBusUnavailable } from '../message-bus';

/** @returns the port's error if the engine is unavailable or damaged, any other error unchanged */
export const translate = (error: unknown): unknown => {
  if (!isEngineFault(error)) return error;
  const PortError = error instanceof EngineDamaged ? MessageBusDamaged : MessageBusUnavailable;
  return new PortError((error as Error).message, { cause: error });
};

/** Whether an error means that the file's owner has not created its tables yet. */
export const isMissingTable = (error: unknown): boolean => /no such table/.test(String(error));

/** Opens a file. @throws MessageBusUnavailable if the file cannot be opened now, MessageBusDamaged if no retry helps */
export const open = (options: OpenOptions): Database => {
  try {
    return openDatabase(options);
  } catch (error) {
    throw translate(error);
  }
};

interface Connection<Prepared> {
  readonly database: Database;
  readonly commits: GroupCommit;
  readonly opened: OpenedFile;
  readonly prepared: Prepared;
}

/**
 * A file that this process writes. If it was deleted or replaced, the file at its path is opened, or created if missing. A
 * write that went to the old file fails.
 */
export class WrittenFile<Prepared> {
  private connection: Connection<Prepared> | null = null;
  private isClosed = false;
  private readonly retired = new Set<Promise<void>>();
  private timesOpened = 0;

  /** @throws MessageBusUnavailable if the file cannot be opened */
  constructor(
    private readonly options: OpenOptions,
    private readonly prepare: (database: Database) => Prepared,
  ) {
    this.connect();
  }

  /** Increases each time the file is reopened. */
  get generation(): number {
    return this.timesOpened;
  }

  /** @throws MessageBusUnavailable, and what `run` throws */
  read<T>(run: (prepared: Prepared, database: Database) => T): T {
    const { prepared, database } = this.connect();
    return run(prepared, database);
  }

  /** @returns the result of `run` once its writes are durable in the file at the path */
  async write<T>(run: (prepared: Prepared, database: Database) => T): Promise<T> {
    try {
      const { commits, prepared } = this.connect();
      return await commits.write((database) => run(prepared, database));
    } catch (error) {
      throw translate(error);
    }
  }

  /** Reopens the file if it was deleted or replaced, and tests a write. @throws the engine's error if the write fails */
  async probe(): Promise<void> {
    await this.connect().commits.probe();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.retire();
    await Promise.all(this.retired);
  }

  private connect(): Connection<Prepared> {
    if (this.isClosed) throw new MessageBusUnavailable('the bus is closed');
    if (this.connection && !this.connection.opened.isReplaced()) return this.connection;
    this.retire();
    const database = open(this.options);
    this.timesOpened += 1;
    this.connection = {
      database,
      commits: new GroupCommit(database),
      opened: new OpenedFile(this.options.file),
      prepared: this.prepare(database),
    };
    return this.connection;
  }

  /** Closes the connection after its last write. */
  private retire(): void {
    const { connection } = this;
    if (!connection) return;
    this.connection = null;
    connection.opened.removeLeftovers();
    const closing = connection.commits.close().then(() => void connection.database.close());
    this.retired.add(closing);
    void closing.finally(() => this.retired.delete(closing));
  }
}
