import { singleFlight, sleep } from '@rewards/async';
import {
  READ_MODEL_STATES,
  positionOfToken,
  readModelCollection,
  type ConsistencyToken,
  type ReadModelName,
  type ReadModels,
  type ReadModelState,
  type ReadModelVersion,
  START,
  READ_MODELS,
} from '@rewards/contracts';
import type { Collection, DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { requireWrite } from './min-position';
import type { PlacedPage } from './page';
import { reject } from '../queries.problems';

type States = ReadonlyMap<string, { readonly document: ReadModelState }>;

/** Live versions of the read models asked for. */
export type Opened<Name extends ReadModelName> = { readonly [Each in Name]: Collection<ReadModels[Each]> };

const POLL_MS = 10;
const PATIENCE_MS = 2_000;
/** Nobody fills a version 0, so it reads as empty. */
const NOT_FILLED_YET = 0;

/** The read models as projections fills them. Before it ever ran they are empty. */
export class ReadModelStore {
  /** However many wait, one poll serves them all; while nobody waits there is none. */
  private readonly poll = singleFlight(async () => {
    await sleep(POLL_MS);
    return this.load();
  });

  constructor(
    private readonly views: DocumentStore,
    private readonly log: EventStore,
  ) {}

  /**
   * Opens read models for one query: pointer and checkpoint of all of them come from one read.
   * @param atLeast the query reflects at least this write; it waits for it up to two seconds
   * @throws Rejected NOT_CAUGHT_UP, at once if the log does not contain the write; DocumentStoreUnavailable, EventStoreUnavailable
   */
  async open<Name extends ReadModelName>(names: readonly Name[], atLeast: ConsistencyToken | null): Promise<Opened<Name>> {
    const states = atLeast === null ? await this.load() : await this.reach(names, atLeast);
    const opened = names.map(async (name) => {
      return [name, await this.collection(name, liveOf(states, name)?.version)] as const;
    });
    return Object.fromEntries(await Promise.all(opened)) as unknown as Opened<Name>;
  }

  /**
   * Reads every page of one read model, across rebuilds: a page comes from the generation that is live then.
   * @param readPage one page after a place, null at first
   * @throws Rejected READ_MODEL_REPLACED if what is live then does not hold all that was live at the start: the caller must not take what
   * it has for the whole. Rejected NOT_CAUGHT_UP as `open`, DocumentStoreUnavailable, and the signal's reason
   */
  async *readAll<Name extends ReadModelName, Row>(
    name: Name,
    atLeast: ConsistencyToken | null,
    signal: AbortSignal,
    readPage: (documents: Collection<ReadModels[Name]>, after: string | null) => Promise<Pick<PlacedPage<Row>, 'rows' | 'next'>>,
  ): AsyncGenerator<readonly Row[], void, undefined> {
    const start = liveOf(atLeast === null ? await this.load() : await this.reach([name], atLeast), name);
    for (let after: string | null = null; ;) {
      signal.throwIfAborted();
      const live = liveOf(await this.load(), name);
      requireAllOf(start, live, name);
      const page = await readPage(await this.collection(name, live?.version), after);
      // A generation that was dropped before it was read reads as empty.
      if (page.next === null && liveOf(await this.load(), name)?.version !== live?.version) continue;
      if (page.rows.length > 0) yield page.rows;
      if (page.next === null) return;
      after = page.next;
    }
  }

  private async reach(names: readonly ReadModelName[], token: ConsistencyToken): Promise<States> {
    await requireWrite(this.log, token);
    const position = positionOfToken(token);
    const deadline = performance.now() + PATIENCE_MS;
    const isReached = (states: States) => names.every((name) => (states.get(name)?.document.live.position ?? START) >= position);
    for (let states = await this.load(); ; states = await this.poll()) {
      if (isReached(states)) return states;
      if (performance.now() >= deadline) {
        return reject('NOT_CAUGHT_UP');
      }
    }
  }

  private collection<Name extends ReadModelName>(name: Name, version = NOT_FILLED_YET): Promise<Collection<ReadModels[Name]>> {
    return this.views.collection<ReadModels[Name]>({ name: readModelCollection(name, version), indexes: [] });
  }

  private async load(): Promise<States> {
    const states = await this.views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
    return states.getMany(READ_MODELS);
  }
}

const liveOf = (states: States, name: ReadModelName): ReadModelVersion | undefined => states.get(name)?.document.live;

/** @throws Rejected READ_MODEL_REPLACED for a generation that is of another log, or behind what was live at the start */
const requireAllOf = (start: ReadModelVersion | undefined, live: ReadModelVersion | undefined, name: ReadModelName): void => {
  if (!start || (live?.logId === start.logId && live.position >= start.position)) return;
  reject('READ_MODEL_REPLACED', { name });
};
