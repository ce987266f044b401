import type { AccountFact, Findings } from '@rewards/checker';
import { readModelCollection, START, type Position, type RecordedEvent, type Upcast } from '@rewards/contracts';
import type { Collection, Positioned } from '@rewards/document-store';
import { address, foldInto, ProjectionContext, type Addressed } from '../runner/fold';
import type { AnyProjection } from '../runner/projection';
import { checkReadModel } from './check-read-model';
import type { VerificationEngines, VerificationPart } from './verification-part';

const DOCUMENTS_AT_ONCE = 1_000;
/** Maximum size of the documents of one read model that are folded in memory, as JSON, in characters. */
const MAX_CHARACTERS = 8 * 1_024 * 1_024;
/** Maximum number of documents to check again one by one; if more differ, all are checked again. */
const MAX_SUSPECTS = 20_000;

/** A document in memory, with its approximate size. */
interface Folded extends Positioned<object> {
  readonly changes: number;
  readonly characters: number;
}

/**
 * Compares one read model with the log while the log is read for other purposes too. It folds each document to the end of the log
 * that was read, and compares JSON texts. A document that differs, or that changes meanwhile, is a suspect: `checkReadModel` reads
 * the log for suspects alone, folds each of them up to its own position, and reports what is wrong. So this class only has to prove
 * that documents are right, and the usual case costs one read of the log for all read models.
 */
export class ReadModelComparison {
  private ids = 0;
  private compared = 0;
  /** Null if every document has to be checked again. */
  private suspects: Set<string> | null = new Set();
  private readonly folded = new Map<string, Folded>();
  private characters = 0;
  private readonly context: ProjectionContext;

  private constructor(
    private readonly projection: AnyProjection,
    private readonly part: VerificationPart,
    private readonly documents: Collection<object>,
    /** Up to here, the live version must contain everything. */
    private readonly checkpoint: Position,
    private readonly upcast: Upcast,
    private readonly maxCharacters: number,
  ) {
    this.context = ProjectionContext.atStart(projection);
  }

  /** @returns null if the live version was not filled by this table from this log */
  static async create(
    projection: AnyProjection,
    part: VerificationPart,
    { store, views, checkpoints, upcast }: VerificationEngines,
    maxCharacters = MAX_CHARACTERS,
  ): Promise<ReadModelComparison | null> {
    const { name, tableVersion: table } = projection;
    const live = (await checkpoints.loadAll([name])).get(name)?.live;
    if (!live || live.table !== table || live.logId !== (await store.logId())) return null;
    const documents = await views.collection<object>({ name: readModelCollection(name, live.version), indexes: [] });
    return new ReadModelComparison(projection, part, documents, live.position, upcast, maxCharacters);
  }

  /** Processes the next events of the log, of any stream. */
  async addEvents(events: readonly RecordedEvent[]): Promise<void> {
    if (this.part !== 'events' || !this.suspects) return;
    const { prefixes } = this.projection;
    const read = prefixes ? events.filter(({ stream }) => prefixes.some((prefix) => stream.startsWith(prefix))) : events;
    const { addressed, failure } = address(this.projection, read, this.upcast, this.context);
    if (failure) return this.suspectAll();
    const single: Addressed[] = [];
    const several: Addressed[] = [];
    for (const one of addressed) (one.id === one.recorded.position ? single : several).push(one);
    this.foldInMemory(several);
    await this.compare(this.fold(single));
  }

  /** Processes all events of some accounts, in today's shape. @param isLarge whether there may be more than fit in memory */
  async addAccounts(facts: Iterable<AccountFact>, isLarge: boolean): Promise<void> {
    if (this.part !== 'accounts') return;
    const { prefixes = [''] } = this.projection;
    const addressed: Addressed[] = [];
    for (const fact of facts) {
      if (!this.suspects) return;
      if (!prefixes.some((prefix) => fact.stream.startsWith(prefix))) continue;
      // A projection that reads metadata fails here, so that all of its documents are checked again.
      const { addressed: own, failure } = address(
        this.projection,
        [fact as unknown as RecordedEvent],
        (recorded) => recorded as never,
        this.context,
      );
      if (failure) return this.suspectAll();
      if (isLarge) for (const { id } of own) this.suspectUnread(id);
      else addressed.push(...own);
    }
    await this.compare(this.fold(addressed));
  }

  /** Checks the suspects, and whether there are surplus documents. @returns the number of documents compared */
  async finish(
    engines: VerificationEngines,
    findings: Findings,
    signal: AbortSignal,
    onProgress: (compared: number) => void,
  ): Promise<number> {
    onProgress(this.compared);
    await this.compare([...this.folded.values()]);
    onProgress(this.compared);
    const isRight = this.suspects?.size === 0 && (await this.documents.count()) <= this.ids;
    if (isRight) return this.compared;
    const checked = await checkReadModel(this.projection, engines, findings, signal, { suspects: this.suspects, onProgress });
    return this.suspects ? this.compared : (checked ?? 0);
  }

  private fold(addressed: readonly Addressed[]): readonly Positioned<object>[] {
    const { changed, failure } = foldInto(this.projection, new Map(), addressed);
    if (failure) this.suspectAll();
    return changed;
  }

  private foldInMemory(addressed: readonly Addressed[]): void {
    const { changed, failure } = foldInto(this.projection, this.folded, addressed);
    if (failure) return this.suspectAll();
    for (const document of changed) {
      const earlier = this.folded.get(document.id);
      const changes = (earlier?.changes ?? 0) + 1;
      // Measured after 1, 2, 4, 8 … changes: documents grow slowly, and a measurement costs as much as a comparison.
      const isMeasured = (changes & (changes - 1)) === 0;
      const characters = isMeasured ? JSON.stringify(document.document).length : (earlier?.characters ?? 0);
      this.characters += characters - (earlier?.characters ?? 0);
      this.folded.set(document.id, { ...document, changes, characters });
    }
    if (this.characters > this.maxCharacters) this.suspectAll();
  }

  private async compare(expected: readonly Positioned<object>[]): Promise<void> {
    this.ids += expected.length;
    for (let from = 0; from < expected.length; from += DOCUMENTS_AT_ONCE) {
      const part = expected.slice(from, from + DOCUMENTS_AT_ONCE);
      const stored = await this.documents.getTexts(part.map(({ id }) => id));
      this.compared += stored.size;
      for (const { id, position, document } of part) {
        const found = stored.get(id);
        if (!found) {
          if (position <= this.checkpoint) this.suspect(id);
        } else if ((found.position ?? START) !== position || found.text !== JSON.stringify(document)) this.suspect(id);
      }
    }
  }

  /** Leaves a document to `checkReadModel`. */
  private suspectUnread(id: string): void {
    if (this.suspects?.has(id) === false) this.compared += 1;
    this.suspect(id);
  }

  private suspect(id: string): void {
    this.suspects?.add(id);
    if (this.suspects && this.suspects.size > MAX_SUSPECTS) this.suspectAll();
  }

  private suspectAll(): void {
    this.suspects = null;
    this.folded.clear();
  }
}
