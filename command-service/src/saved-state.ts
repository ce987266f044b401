import { randomUUID } from 'node:crypto';
import type { Checkpoint } from '@rewards/contracts';
import type { Collection, Stored } from '@rewards/document-store';
import { REWARD_EVENTS_FOLD } from '@rewards/domain';
import { mismatchOf, type EventStore } from '@rewards/event-store';

/** How often a running process saves a state, in milliseconds. After a crash, this much of the log is read again. */
export const SAVE_STATE_EVERY_MS = 5_000;

/** One entry of a saved list. A changed value must be a new object, because parts are compared by identity. */
export type Row = readonly [key: string, value: unknown];
export type Lists = Readonly<Record<string, readonly Row[]>>;

interface PartRef {
  /** The two documents of a part. A save writes to the one to which the stored header does not refer. */
  readonly slot: 0 | 1;
  /** Written into both the header and the part: a part of another save does not match. */
  readonly stamp: string;
}

interface Header {
  readonly stamp: string;
  /** `REWARD_EVENTS_FOLD` of the release that saved it. */
  readonly fold: number;
  readonly checkpoint: Checkpoint;
  readonly lists: Readonly<Record<string, readonly PartRef[]>>;
}

interface Part {
  readonly stamp: string;
  /** JSON, because not every engine stores lists in lists, or keys with dots. */
  readonly rows: string;
}

export type SavedDocument = Header | Part;

export interface Loaded {
  /** Everything up to here is in the lists, and nothing after it. */
  readonly checkpoint: Checkpoint;
  readonly lists: Lists;
}

interface CurrentPart extends PartRef {
  readonly rows: readonly Row[];
}

/** The saved state does not belong to this release and log, or is incomplete. */
export class UnusableState extends Error {
  override readonly name = 'UnusableState';
}

const HEADER = 'header';
const ROWS_IN_PART = 50;
const PAGE = 20;

/**
 * A state that is folded from the log, saved with the checkpoint that it has reached, so that a start reads only what came after.
 *
 * The state is stored in parts, of which a save writes those that changed, and a header that names them. The header is written
 * last, and a part to which the stored header refers is never replaced before that. So a crash leaves the previous state. Each
 * document is replaced at its version. If two processes save at the same time, one of them stops; stamps that differ between
 * header and parts make the state unusable, never wrong.
 */
export class SavedState {
  /** The state of this object as it was saved or loaded last, with the stamp of its header. */
  private current: { readonly stamp: string; readonly lists: ReadonlyMap<string, readonly CurrentPart[]> } | null = null;

  constructor(
    private readonly documents: Collection<SavedDocument>,
    private readonly store: Pick<EventStore, 'logId' | 'head' | 'eventIdAt'>,
  ) {}

  /**
   * Loads the state, after comparing its checkpoint with the log.
   * @returns null if none is saved
   * @throws UnusableState if the log must be read from its start; errors of the engines
   */
  async load(): Promise<Loaded | null> {
    this.current = null;
    const header = (await this.documents.get(HEADER))?.document;
    if (!header) return null;
    if (!isHeader(header)) throw new UnusableState('It has another form.');
    if (header.fold !== REWARD_EVENTS_FOLD) throw new UnusableState('Another version of the services saved it.');
    const mismatch = await mismatchOf(this.store, header.checkpoint);
    if (mismatch) throw new UnusableState(mismatch.message);
    const lists = new Map<string, CurrentPart[]>();
    for (const [list, refs] of Object.entries(header.lists)) lists.set(list, await this.loadParts(list, refs));
    this.current = { stamp: header.stamp, lists };
    const rows = [...lists].map(([list, parts]) => [list, parts.flatMap((part) => part.rows)] as const);
    return { checkpoint: header.checkpoint, lists: Object.fromEntries(rows) };
  }

  /**
   * Saves the state at a checkpoint, unless a later one is saved. It reads the lists before it waits for anything.
   * @throws errors of the engines
   */
  async save(checkpoint: Checkpoint, lists: Lists): Promise<void> {
    const copies = Object.entries(lists).map(([list, rows]) => [list, [...rows]] as const);
    const stored = await this.documents.get(HEADER);
    const header = stored && isHeader(stored.document) ? stored.document : null;
    if (header?.fold === REWARD_EVENTS_FOLD && (await this.isAtLeast(header.checkpoint, checkpoint))) return;

    const lastParts = this.current && this.current.stamp === header?.stamp ? this.current.lists : unknownParts(header);
    const next = new Map(copies.map(([list, rows]) => [list, nextParts(rows, lastParts.get(list) ?? [])] as const));
    for (const [list, parts] of next) {
      for (const [index, part] of parts.entries())
        if (lastParts.get(list)?.[index] !== part && !(await this.write(partId(list, index, part), partOf(part)))) return;
    }
    const refs = [...next].map(([list, parts]) => [list, parts.map(({ slot, stamp }) => ({ slot, stamp }))] as const);
    const stamp = randomUUID();
    const document: Header = { stamp, fold: REWARD_EVENTS_FOLD, checkpoint, lists: Object.fromEntries(refs) };
    if (await this.writeAt(stored, HEADER, document)) this.current = { stamp, lists: next };
  }

  /** Whether a stored checkpoint is of this log and not before another one. */
  private async isAtLeast(stored: Checkpoint, checkpoint: Checkpoint): Promise<boolean> {
    return stored.position >= checkpoint.position && (await mismatchOf(this.store, stored)) === null;
  }

  private async write(id: string, document: SavedDocument): Promise<boolean> {
    return this.writeAt(await this.documents.get(id), id, document);
  }

  /** @returns false if another process wrote the document first */
  private writeAt(stored: Stored<SavedDocument> | null, id: string, document: SavedDocument): Promise<boolean> {
    return stored ? this.documents.replace(id, stored.version, document) : this.documents.insert(id, document);
  }

  private async loadParts(list: string, refs: readonly PartRef[]): Promise<CurrentPart[]> {
    const parts: CurrentPart[] = [];
    for (let first = 0; first < refs.length; first += PAGE) {
      const page = refs.slice(first, first + PAGE);
      const ids = page.map((ref, index) => partId(list, first + index, ref));
      const stored = await this.documents.getMany(ids);
      for (const [index, ref] of page.entries()) {
        const part = stored.get(ids[index] ?? '')?.document as Part | undefined;
        if (part?.stamp !== ref.stamp) throw new UnusableState('A part of it is missing or belongs to another save.');
        parts.push({ ...ref, rows: JSON.parse(part.rows) as Row[] });
      }
    }
    return parts;
  }
}

/** Removes a saved state. @throws errors of the engine */
export const clearSavedState = async (documents: Collection<SavedDocument>): Promise<void> => {
  const header = await documents.get(HEADER);
  if (header) await documents.delete(header.id, header.version);
  for (let page = await documents.scan(null, PAGE); page.length > 0; page = await documents.scan(null, PAGE))
    for (const { id, version } of page) await documents.delete(id, version);
};

/** Returns the parts of a list. A part without a change is the same object as before. */
const nextParts = (rows: readonly Row[], current: readonly CurrentPart[]): readonly CurrentPart[] =>
  Array.from({ length: Math.ceil(rows.length / ROWS_IN_PART) }, (_, index) => {
    const part = rows.slice(index * ROWS_IN_PART, (index + 1) * ROWS_IN_PART);
    const before = current[index];
    if (before && isSame(before.rows, part)) return before;
    return { slot: before?.slot === 0 ? 1 : 0, stamp: randomUUID(), rows: part };
  });

/** Returns the parts of a header that another process wrote: their slots are in use, their rows unknown. */
const unknownParts = (header: Header | null): ReadonlyMap<string, readonly CurrentPart[]> =>
  new Map(Object.entries(header?.lists ?? {}).map(([list, refs]) => [list, refs.map((ref) => ({ ...ref, rows: [] }))]));

const isSame = (before: readonly Row[], after: readonly Row[]): boolean =>
  before.length === after.length && after.every(([key, value], row) => before[row]?.[0] === key && before[row][1] === value);

const partId = (list: string, index: number, { slot }: PartRef): string => `${list}-${index}-${slot}`;
const partOf = ({ stamp, rows }: CurrentPart): Part => ({ stamp, rows: JSON.stringify(rows) });

const isHeader = (document: SavedDocument): document is Header => 'checkpoint' in document && 'lists' in document;
