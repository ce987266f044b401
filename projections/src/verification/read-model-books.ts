import { isDeepStrictEqual } from 'node:util';
import { Partition, readLog, type Findings } from '@rewards/checker';
import { readModelCollection, START, type Position, type RecordedEvent, type Upcast } from '@rewards/contracts';
import type { Collection, DocumentStore, Stored } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { Checkpoints } from '../runner/checkpoints';
import { address, foldInto, type Loaded } from '../runner/fold';
import type { AnyProjection } from '../runner/projection';

const DOCUMENTS_AT_ONCE = 500;

/** The facts that one read model holds, sorted by the document that each changes. */
class SortedFacts {
  private searched: Position = START;

  private constructor(
    private readonly projection: AnyProjection,
    private readonly store: EventStore,
    private readonly upcast: Upcast,
    private readonly facts: Partition<RecordedEvent>,
    private readonly signal: AbortSignal,
  ) {}

  static async create(projection: AnyProjection, store: EventStore, upcast: Upcast, signal: AbortSignal): Promise<SortedFacts> {
    return new SortedFacts(projection, store, upcast, await Partition.create(), signal);
  }

  /** Reads on to the end of the log as it is now. */
  async readOn(): Promise<void> {
    const { prefixes } = this.projection;
    for await (const batch of readLog(this.store, { after: this.searched, prefixes, signal: this.signal })) {
      for (const { id, recorded } of address(this.projection, batch.events, this.upcast).addressed) this.facts.add(id, recorded);
      this.searched = batch.checkpoint.position;
    }
  }

  async readTo(position: Position): Promise<void> {
    if (position > this.searched) await this.readOn();
  }

  buckets = () => this.facts.buckets();
  read = (bucket: number) => this.facts.read(bucket);
  remove = () => this.facts.remove();
}

/**
 * Compares every document of a read model with the fold of its facts up to the document's own position, and looks for documents
 * that are not there, or should not be. What another table filled is not compared.
 * @returns how many documents were compared; null when there is no live version of this table and log to compare
 */
export const checkReadModel = async (
  projection: AnyProjection,
  {
    events,
    views,
    checkpoints,
    upcast,
  }: {
    readonly events: EventStore;
    readonly views: DocumentStore;
    readonly checkpoints: Checkpoints;
    readonly upcast: Upcast;
  },
  findings: Findings,
  signal: AbortSignal,
  onProgress: (compared: number) => void = () => undefined,
): Promise<number | null> => {
  const { name, version: table } = projection;
  const live = (await checkpoints.loadAll([name])).get(name)?.live;
  if (!live || live.table !== table || live.logId !== (await events.logId())) return null;
  const documents = await views.collection<object>({ name: readModelCollection(name, live.version), indexes: [] });
  const facts = await SortedFacts.create(projection, events, upcast, signal);
  try {
    await facts.readOn();
    let known = 0;
    let compared = 0;
    for (const bucket of facts.buckets()) {
      signal.throwIfAborted();
      const ids = new Set<string>();
      for await (const [id] of facts.read(bucket)) ids.add(id);
      const stored = await load(documents, [...ids]);
      await facts.readTo([...stored.values()].reduce((last, { position = START }) => (position > last ? position : last), START));
      const folded = await foldBucket(projection, facts, bucket, stored, live.position);
      known += ids.size;
      compared += stored.size;
      onProgress(compared);
      for (const id of ids) compare(`${name}/${id}`, stored.get(id), folded.get(id), findings);
    }
    if ((await documents.count()) > known) {
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

/** What a document should be. */
interface Expected extends Loaded {
  /** A fact that the read model says it holds, and the document does not. */
  readonly lost?: Position;
}

/**
 * Folds the documents of a bucket, each up to its own position; one that is missing, up to the checkpoint. A fact after that, up
 * to the checkpoint, should be in the document too.
 */
const foldBucket = async (
  projection: AnyProjection,
  facts: SortedFacts,
  bucket: number,
  stored: ReadonlyMap<string, Stored<object>>,
  checkpoint: Position,
): Promise<ReadonlyMap<string, Expected>> => {
  const folded = new Map<string, Expected>();
  for await (const [id, recorded] of facts.read(bucket)) {
    const { position: lastHeld = checkpoint } = stored.get(id) ?? {};
    const isHeld = recorded.position <= lastHeld;
    if (!isHeld && recorded.position > checkpoint) continue;
    const [changed] = foldInto(projection, folded, [{ id, recorded }]).changed;
    if (!changed) continue;
    const { position, document } = changed;
    folded.set(id, isHeld ? { position, document } : { document: {}, ...folded.get(id), lost: position });
  }
  return folded;
};

const compare = (what: string, stored: Stored<object> | undefined, expected: Expected | undefined, findings: Findings): void => {
  if (!stored) {
    if (expected)
      findings.add(
        'READ_MODEL_MISSES',
        what,
        null,
        `there is no document, but the log has events for it up to position ${expected.position}`,
      );
    return;
  }
  const { position = START, document } = stored;
  const isSame = isDeepStrictEqual(document, expected && (JSON.parse(JSON.stringify(expected.document)) as object));
  if (!isSame || position !== expected?.position) {
    findings.add('READ_MODEL_DIFFERS', what, null, `the document, as of position ${position}, is not what the log gives`);
  } else if (expected.lost !== undefined) {
    findings.add(
      'READ_MODEL_DIFFERS',
      what,
      null,
      `the document, as of position ${position}, lacks the event at position ${expected.lost}`,
    );
  }
};

/** Documents first, then the log: what is written meanwhile makes the log's number the greater. */
const countNow = async (documents: Collection<object>, facts: SortedFacts): Promise<{ count: number; ids: number }> => {
  const count = await documents.count();
  await facts.readOn();
  let ids = 0;
  for (const bucket of facts.buckets()) {
    const inBucket = new Set<string>();
    for await (const [id] of facts.read(bucket)) inBucket.add(id);
    ids += inBucket.size;
  }
  return { count, ids };
};
