import { randomUUID } from 'node:crypto';
import { formatPosition, parsePosition, type Metadata, type Position, type RecordedEvent } from '@rewards/contracts';
import type { Database } from '@rewards/sqlite';
import { NO_STREAM, WrongExpectedRevision, type ExpectedRevision } from '../event-store';
import type { SerialisedEvent } from './serialised-event';

/**
 * Statements that create the tables of the log. `stream` is near the start of a row, so that a filter by prefix reads little of it.
 * `at_any` marks the first event of an append at any revision. Its id identifies a repeated append.
 */
export const createSchema = (): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at_any INTEGER,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    UNIQUE (stream, revision)
  )`,
  'CREATE INDEX IF NOT EXISTS events_at_any ON events (id) WHERE at_any = 1',
  'CREATE TABLE IF NOT EXISTS log (only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL)',
  `INSERT OR IGNORE INTO log (only, id) VALUES (1, '${randomUUID()}')`,
];

/** Whether the tables exist. One transaction creates all of them. */
export const hasSchema = (database: Database): boolean =>
  database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'events'`).all().length > 0;

/** Maximum rows of one read: a few milliseconds of work. Larger pages save writes for readers that write in batches. */
export const PAGE_SIZE = 2_000;
/** Maximum rows searched at once with a filter that few of them match. */
const SEARCH_SPAN = 5 * PAGE_SIZE;

/** Sorts after every continuation of a name: the last code point, which is not a character. */
const LAST_CODE_POINT = '\u{10FFFF}';

type Statement = ReturnType<Database['prepare']>;

interface Row {
  readonly seq: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/** The last event of an append. */
interface Written {
  readonly seq: number;
  readonly revision: number;
  readonly id: string;
}

/** A place in the log, and the id of the event there. */
export interface SequencePlace {
  readonly seq: number;
  /** Null before the first event. */
  readonly id: string | null;
}

/** One step of a search through the log. */
export interface Step {
  readonly events: readonly RecordedEvent[];
  readonly searched: SequencePlace;
  readonly caughtUp: boolean;
}

/**
 * The tables of the log. Sequence numbers are assigned under the write lock of the file, so their order is the order of the
 * commits: an event never appears before one that was already visible. Every read fetches all its rows, and leaves no cursor open.
 */
export class EmbeddedLog {
  private readonly readHead;
  private readonly readId;
  private readonly readMany;
  private readonly readRevision;
  private readonly readStreamPage;
  private readonly readFirstAtAny;
  private readonly insert;
  private readonly searches = new Map<number | undefined, Statement>();

  constructor(private readonly database: Database) {
    this.readHead = database.prepare('SELECT max(seq) AS seq FROM events');
    this.readId = database.prepare('SELECT id FROM events WHERE seq = ?');
    this.readMany = database.prepare('SELECT * FROM events WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq');
    this.readRevision = database.prepare('SELECT max(revision) AS revision FROM events WHERE stream = ?');
    this.readStreamPage = database.prepare('SELECT * FROM events WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?');
    this.readFirstAtAny = database.prepare('SELECT revision FROM events WHERE at_any = 1 AND id = ? AND stream = ?');
    this.insert = database.prepare(
      'INSERT INTO events (stream, revision, at_any, id, type, data, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
  }

  id(): string {
    const [row] = this.database.prepare('SELECT id FROM log').all() as { readonly id: string }[];
    if (!row) throw new Error('the log has no id: its table `log` is empty');
    return row.id;
  }

  /** Sequence number of the last event, 0 before the first. */
  head(): number {
    const [row] = this.readHead.all() as { readonly seq: number | null }[];
    return row?.seq ?? 0;
  }

  /** @returns id of the event with this sequence number, null if there is none */
  idAt(seq: number): string | null {
    const [row] = this.readId.all(seq) as { readonly id: string }[];
    return row?.id ?? null;
  }

  /** @returns the events with these sequence numbers, in order */
  eventsAt(numbers: readonly number[]): readonly RecordedEvent[] {
    return (this.readMany.all(JSON.stringify(numbers)) as Row[]).map(toRecorded);
  }

  /** @returns one page of a stream, starting at a revision */
  streamPage(stream: string, from: number): readonly RecordedEvent[] {
    return this.rowsOf(stream, from, PAGE_SIZE).map(toRecorded);
  }

  /** @returns the last event of a stream, null if it has none */
  lastOf(stream: string): RecordedEvent | null {
    return this.rowsOf(stream, this.revisionOf(stream), 1).map(toRecorded)[0] ?? null;
  }

  /** Searches the next part of the log. */
  search(after: SequencePlace, prefixes?: readonly string[]): Step {
    const head = this.head();
    const end = Math.min(head, after.seq + SEARCH_SPAN);
    if (end <= after.seq) return { events: [], searched: after, caughtUp: true };
    const bounds = (prefixes ?? []).flatMap((prefix) => [prefix, prefix + LAST_CODE_POINT]);
    const rows = this.searchStatement(prefixes?.length).all([after.seq, end, ...bounds]) as Row[];
    const last = rows.at(-1);
    const isCut = rows.length === PAGE_SIZE || last?.seq === end;
    const searched = last && isCut ? last : { seq: end, id: this.idAt(end) };
    return { events: rows.map(toRecorded), searched: { seq: searched.seq, id: searched.id }, caughtUp: searched.seq === head };
  }

  /**
   * Appends inside the transaction of the caller.
   * @throws WrongExpectedRevision before it writes anything
   */
  append(stream: string, expected: ExpectedRevision, events: readonly SerialisedEvent[]): Written {
    const current = this.revisionOf(stream);
    if (expected !== current) {
      const earlier = this.findRepeated(stream, expected, events);
      if (earlier) return earlier;
      if (expected !== 'any') throw new WrongExpectedRevision(stream, expected, current);
    }
    let written: Written = { seq: 0, revision: current, id: '' };
    for (const [index, { id, type, data, metadata }] of events.entries()) {
      const revision = written.revision + 1;
      const atAny = expected === 'any' && index === 0 ? 1 : null;
      const { lastInsertRowid } = this.insert.run(stream, revision, atAny, id, type, data, metadata);
      written = { seq: Number(lastInsertRowid), revision, id };
    }
    return written;
  }

  /** Finds an earlier copy of a retried append, by the event ids at the revisions that it would have. */
  private findRepeated(stream: string, expected: ExpectedRevision, events: readonly SerialisedEvent[]): Written | null {
    const first = expected === 'any' ? this.firstAtAny(stream, events[0]?.id) : expected + 1;
    if (first === undefined) return null;
    const rows = this.rowsOf(stream, first, events.length);
    return events.every(({ id }, index) => rows[index]?.id === id) ? (rows.at(-1) as Row) : null;
  }

  private firstAtAny(stream: string, id: string | undefined): number | undefined {
    const [row] = this.readFirstAtAny.all(id, stream) as { readonly revision: number }[];
    return row?.revision;
  }

  private revisionOf(stream: string): number {
    const [row] = this.readRevision.all(stream) as { readonly revision: number | null }[];
    return row?.revision ?? NO_STREAM;
  }

  private rowsOf(stream: string, from: number, limit: number): Row[] {
    return this.readStreamPage.all(stream, from, limit) as Row[];
  }

  /** Every search scans the log in its own order. An index would only slow it down. */
  private searchStatement(prefixes: number | undefined): Statement {
    const cached = this.searches.get(prefixes);
    if (cached) return cached;
    const isMatch =
      prefixes === undefined ? 'TRUE' : Array(prefixes).fill('(stream >= ? AND stream < ?)').join(' OR ') || 'FALSE';
    const statement = this.database.prepare(
      `SELECT * FROM events NOT INDEXED WHERE seq > ? AND seq <= ? AND (${isMatch}) ORDER BY seq LIMIT ${PAGE_SIZE}`,
    );
    this.searches.set(prefixes, statement);
    return statement;
  }
}

/** Position of an event with this sequence number. */
export const positionOf = (seq: number): Position => formatPosition(seq);

/** @returns the sequence number of a position, null if none has this position */
export const seqOf = (position: Position): number | null => {
  const seq = Number(parsePosition(position).commit);
  return Number.isSafeInteger(seq) && positionOf(seq) === position ? seq : null;
};

const toRecorded = ({ seq, id, stream, revision, type, data, metadata }: Row): RecordedEvent => ({
  id,
  stream,
  revision,
  position: positionOf(seq),
  type,
  data: JSON.parse(data) as unknown,
  metadata: JSON.parse(metadata) as Metadata,
});
