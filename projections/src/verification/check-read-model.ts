import { isDeepStrictEqual } from 'node:util';
import { nextTurn } from '@rewards/async';
import { RowBuckets, readLog, type Findings } from '@rewards/checker';
import { readModelCollection, START, type Position, type RecordedEvent, type Upcast } from '@rewards/contracts';
import type { Collection, Stored } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { address, foldInto, ProjectionContext, type Addressed, type Loaded } from '../runner/fold';
import type { AnyProjection } from '../runner/projection';
import type { VerificationEngines } from './verification-part';

const DOCUMENTS_AT_ONCE = 500;

interface Comparison {
  readonly projection: AnyProjection;
  readonly documents: Collection<object>;
  /** Up to here, the live version must contain everything. */
  readonly checkpoint: Position;
  readonly findings: Findings;
  /** Ids of the documents to compare; null for all. */
  readonly suspects: ReadonlySet<string> | null;
  readonly onProgress: (compared: number) => void;
}

/**
 * Reads the domain events of one read model. Compares documents that depend on one event only as it reads, and partitions the other
 * events by document.
 */
class ReadModelFacts {
  /** Number of compared documents, and of ids in the log, of documents that depend on one event only. */
  readonly single = { compared: 0, ids: 0 };
  private searched: Position = START;
  private readonly context: ProjectionContext;

  private constructor(
    private readonly comparison: Comparison,
    private readonly store: EventStore,
    private readonly upcast: Upcast,
    /** Null instead of the event if its document is only counted. */
    private readonly facts: RowBuckets<RecordedEvent | null>,
    private readonly signal: AbortSignal,
  ) {
    this.context = ProjectionContext.atStart(comparison.projection);
  }

  static async create(comparison: Comparison, store: EventStore, upcast: Upcast, signal: AbortSignal): Promise<ReadModelFacts> {
    return new ReadModelFacts(comparison, store, upcast, await RowBuckets.create(), signal);
  }

  /** Reads up to the current end of the log. */
  async readToEnd(): Promise<void> {
    const { projection, suspects } = this.comparison;
    const { prefixes } = projection;
    for await (const batch of readLog(this.store, { after: this.searched, prefixes, signal: this.signal })) {
      const single: Addressed[] = [];
      for (const one of address(projection, batch.events, this.upcast, this.context).addressed) {
        if (one.id === one.recorded.position) single.push(one);
        else this.facts.add(one.id, !suspects || suspects.has(one.id) ? one.recorded : null);
      }
      await this.compareSingle(single);
      this.searched = batch.checkpoint.position;
    }
  }

  /** Reads on if the position has not been reached yet. @returns whether it did */
  async readTo(position: Position): Promise<boolean> {
    if (position <= this.searched) return false;
    await this.readToEnd();
    return true;
  }

  buckets = () => this.facts.buckets();
  remove = () => this.facts.remove();

  private async compareSingle(addressed: readonly Addressed[]): Promise<void> {
    const { projection, documents, checkpoint, findings, suspects } = this.comparison;
    const all = foldInto(projection, new Map(), addressed).changed;
    this.single.ids += all.length;
    const expected = suspects ? all.filter(({ id }) => suspects.has(id)) : all;
    const stored = await load(
      documents,
      expected.map(({ id }) => id),
    );
    this.single.compared += stored.size;
    this.comparison.onProgress(this.single.compared);
    for (const { id, position, document } of expected) {
      if (position <= checkpoint || stored.has(id))
        compare(`${projection.name}/${id}`, stored.get(id), { position, document }, findings);
    }
  }
}

/**
 * Compares every document of a read model with the fold of its domain events up to the document's own position, and finds missing
 * and surplus documents. Reads the log for this read model alone.
 * @param suspects ids of the documents to compare, all by default; all documents are counted
 * @returns the number of documents compared; null if the live version was not filled by this table from this log
 */
export const checkReadModel = async (
  projection: AnyProjection,
  { store, views, checkpoints, upcast }: VerificationEngines,
  findings: Findings,
  signal: AbortSignal,
  {
    suspects = null,
    onProgress = () => undefined,
  }: { readonly suspects?: ReadonlySet<string> | null; readonly onProgress?: (compared: number) => void } = {},
): Promise<number | null> => {
  const { name, tableVersion: table } = projection;
  const live = (await checkpoints.loadAll([name])).get(name)?.live;
  if (!live || live.table !== table || live.logId !== (await store.logId())) return null;
  const documents = await views.collection<object>({ name: readModelCollection(name, live.version), indexes: [] });
  const comparison = { projection, documents, checkpoint: live.position, findings, suspects, onProgress };
  const facts = await ReadModelFacts.create(comparison, store, upcast, signal);
  onProgress(0);
  try {
    await facts.readToEnd();
    let expectedCount = facts.single.ids;
    let compared = facts.single.compared;
    for (const bucket of facts.buckets()) {
      await nextTurn();
      signal.throwIfAborted();
      const [ids, counted] = [new Set<string>(), new Set<string>()];
      const rows: Row[] = [];
      for (const row of bucket.read()) {
        if (row[1]) ids.add(row[0]);
        else counted.add(row[0]);
        if (!bucket.isLarge) rows.push(row);
      }
      const stored = await load(documents, [...ids]);
      const last = [...stored.values()].reduce((last, { position = START }) => (position > last ? position : last), START);
      const hasReadOn = await facts.readTo(last);
      const folded = foldBucket(projection, bucket.isLarge || hasReadOn ? bucket.read() : rows, stored, live.position);
      expectedCount += ids.size + counted.size;
      compared += stored.size;
      onProgress(compared);
      for (const id of ids) compare(`${name}/${id}`, stored.get(id), folded.get(id), findings);
    }
    if ((await documents.count()) > expectedCount) {
      const { count, ids } = await countNow(documents, facts);
      if (count > ids)
        findings.add(
          'READ_MODEL_HAS_MORE',
          name,
          null,
          `the read model has ${count} documents, but the log has events for only ${ids}`,
        );
    }
    return compared;
  } finally {
    await facts.remove();
  }
};

const load = async (documents: Collection<object>, ids: readonly string[]): Promise<ReadonlyMap<string, Stored<object>>> => {
  const stored = new Map<string, Stored<object>>();
  for (let from = 0; from < ids.length; from += DOCUMENTS_AT_ONCE) {
    for (const [id, one] of await documents.getMany(ids.slice(from, from + DOCUMENTS_AT_ONCE))) stored.set(id, one);
  }
  return stored;
};

type Row = readonly [id: string, recorded: RecordedEvent | null];

/** The expected content of a document. */
interface Expected extends Loaded {
  /** Position of an event that the checkpoint covers and the document lacks. */
  readonly missing?: Position;
}

/**
 * Folds the documents of a bucket, each up to its own position; a missing document, up to the checkpoint. A later domain event up
 * to the checkpoint that would change the document is reported as missing from it.
 */
const foldBucket = (
  projection: AnyProjection,
  rows: Iterable<Row>,
  stored: ReadonlyMap<string, Stored<object>>,
  checkpoint: Position,
): ReadonlyMap<string, Expected> => {
  const folded = new Map<string, Expected>();
  for (const [id, recorded] of rows) {
    if (!recorded) continue;
    const { position: documentPosition = checkpoint } = stored.get(id) ?? {};
    const isCovered = recorded.position <= documentPosition;
    if (!isCovered && recorded.position > checkpoint) continue;
    const [changed] = foldInto(projection, folded, [{ id, recorded }]).changed;
    if (!changed) continue;
    const { position, document } = changed;
    folded.set(id, isCovered ? { position, document } : { document: {}, ...folded.get(id), missing: position });
  }
  return folded;
};

const compare = (
  subject: string,
  stored: Stored<object> | undefined,
  expected: Expected | undefined,
  findings: Findings,
): void => {
  if (!stored) {
    if (expected)
      findings.add(
        'READ_MODEL_MISSES',
        subject,
        null,
        `there is no document, but the log has events for it up to position ${expected.position}`,
      );
    return;
  }
  const { position = START, document } = stored;
  const isSame = isDeepStrictEqual(document, expected && (JSON.parse(JSON.stringify(expected.document)) as object));
  if (!isSame || position !== expected?.position) {
    findings.add(
      'READ_MODEL_DIFFERS',
      subject,
      null,
      `the document, as of position ${position}, differs from the fold of the log`,
    );
  } else if (expected.missing !== undefined) {
    findings.add(
      'READ_MODEL_DIFFERS',
      subject,
      null,
      `the document, as of position ${position}, lacks the event at position ${expected.missing}`,
    );
  }
};

/** Counts the documents first, then the ids in the log, so that concurrent writes can only raise the second number. */
const countNow = async (documents: Collection<object>, facts: ReadModelFacts): Promise<{ count: number; ids: number }> => {
  const count = await documents.count();
  await facts.readToEnd();
  let { ids } = facts.single;
  for (const bucket of facts.buckets()) {
    const inBucket = new Set<string>();
    for (const [id] of bucket.read()) inBucket.add(id);
    ids += inBucket.size;
  }
  return { count, ids };
};
