import { isDeepStrictEqual } from 'node:util';
import { RowBuckets, readLog, type Findings } from '@rewards/checker';
import { readModelCollection, START, type Position, type RecordedEvent, type Upcast } from '@rewards/contracts';
import type { Collection, DocumentStore, Stored } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { Checkpoints } from '../runner/checkpoints';
import { address, foldInto, type Loaded } from '../runner/fold';
import type { AnyProjection } from '../runner/projection';

const DOCUMENTS_AT_ONCE = 500;

/** The domain events that one read model reads, partitioned by document. */
class PartitionedFacts {
  private searched: Position = START;

  private constructor(
    private readonly projection: AnyProjection,
    private readonly store: EventStore,
    private readonly upcast: Upcast,
    private readonly facts: RowBuckets<RecordedEvent>,
    private readonly signal: AbortSignal,
  ) {}

  static async create(
    projection: AnyProjection,
    store: EventStore,
    upcast: Upcast,
    signal: AbortSignal,
  ): Promise<PartitionedFacts> {
    return new PartitionedFacts(projection, store, upcast, await RowBuckets.create(), signal);
  }

  /** Reads up to the current end of the log. */
  async readToEnd(): Promise<void> {
    const { prefixes } = this.projection;
    for await (const batch of readLog(this.store, { after: this.searched, prefixes, signal: this.signal })) {
      for (const { id, recorded } of address(this.projection, batch.events, this.upcast).addressed) this.facts.add(id, recorded);
      this.searched = batch.checkpoint.position;
    }
  }

  /** Reads on if the position has not been reached yet. */
  async readTo(position: Position): Promise<void> {
    if (position > this.searched) await this.readToEnd();
  }

  buckets = () => this.facts.buckets();
  read = (bucket: number) => this.facts.read(bucket);
  remove = () => this.facts.remove();
}

/**
 * Compares every document of a read model with the fold of its domain events up to the document's own position, and finds missing
 * and surplus documents.
 * @returns the number of documents compared; null if the live version was not filled by this table from this log
 */
export const checkReadModel = async (
  projection: AnyProjection,
  {
    store,
    views,
    checkpoints,
    upcast,
  }: {
    readonly store: EventStore;
    readonly views: DocumentStore;
    readonly checkpoints: Checkpoints;
    readonly upcast: Upcast;
  },
  findings: Findings,
  signal: AbortSignal,
  onProgress: (compared: number) => void = () => undefined,
): Promise<number | null> => {
  const { name, tableVersion: table } = projection;
  const live = (await checkpoints.loadAll([name])).get(name)?.live;
  if (!live || live.table !== table || live.logId !== (await store.logId())) return null;
  const documents = await views.collection<object>({ name: readModelCollection(name, live.version), indexes: [] });
  const facts = await PartitionedFacts.create(projection, store, upcast, signal);
  try {
    await facts.readToEnd();
    let expectedCount = 0;
    let compared = 0;
    for (const bucket of facts.buckets()) {
      signal.throwIfAborted();
      const ids = new Set<string>();
      for await (const [id] of facts.read(bucket)) ids.add(id);
      const stored = await load(documents, [...ids]);
      await facts.readTo([...stored.values()].reduce((last, { position = START }) => (position > last ? position : last), START));
      const folded = await foldBucket(projection, facts, bucket, stored, live.position);
      expectedCount += ids.size;
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

/** The expected content of a document. */
interface Expected extends Loaded {
  /** Position of an event that the checkpoint covers and the document lacks. */
  readonly missing?: Position;
}

/**
 * Folds the documents of a bucket, each up to its own position; a missing document, up to the checkpoint. A later domain event up
 * to the checkpoint that would change the document is reported as missing from it.
 */
const foldBucket = async (
  projection: AnyProjection,
  facts: PartitionedFacts,
  bucket: number,
  stored: ReadonlyMap<string, Stored<object>>,
  checkpoint: Position,
): Promise<ReadonlyMap<string, Expected>> => {
  const folded = new Map<string, Expected>();
  for await (const [id, recorded] of facts.read(bucket)) {
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
const countNow = async (documents: Collection<object>, facts: PartitionedFacts): Promise<{ count: number; ids: number }> => {
  const count = await documents.count();
  await facts.readToEnd();
  let ids = 0;
  for (const bucket of facts.buckets()) {
    const inBucket = new Set<string>();
    for await (const [id] of facts.read(bucket)) inBucket.add(id);
    ids += inBucket.size;
  }
  return { count, ids };
};
