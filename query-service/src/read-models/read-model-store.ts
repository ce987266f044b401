import { singleFlight, sleep } from '@rewards/async';
import {
  LOGINS_BY_MESSAGE,
  READ_MODEL_STATES,
  positionOfToken,
  readModelCollection,
  type ConsistencyToken,
  type ReadModelName,
  type ReadModels,
  type ReadModelState,
  type ReadModelVersion,
  type Position,
  START,
  READ_MODELS,
} from '@rewards/contracts';
import type { Collection, DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { CountedLogins, OwnLogin } from './counted-logins';
import { requireWrite } from './min-position';
import type { PlacedPage } from './page';
import { reject } from '../queries.problems';

type States = ReadonlyMap<string, { readonly document: ReadModelState }>;

/** Live versions of the requested read models. */
export type Opened<Name extends ReadModelName> = { readonly [Each in Name]: Collection<ReadModels[Each]> };

const POLL_MS = 10;
const PATIENCE_MS = 2_000;
/** Version 0 is never filled, so it reads as empty. */
const NOT_FILLED_YET = 0;

/** Opens the read models that the projections service fills. Before its first start they are empty. */
export class ReadModelStore {
  /** One poll for all waiting queries; there are no polls without waiting queries. */
  private readonly poll = singleFlight(async () => {
    await sleep(POLL_MS);
    return this.load();
  });

  constructor(
    private readonly views: DocumentStore,
    private readonly store: EventStore,
    private readonly logins: Pick<CountedLogins, 'waitFor'>,
  ) {}

  /**
   * Opens read models for one query. The live version and checkpoint of all of them come from one read.
   * @param atLeast a write that the query must reflect; waits up to two seconds for it
   * @param afterLogin a login whose counting the query must reflect too, within the same two seconds
   * @throws Rejected NOT_CAUGHT_UP or LOGIN_NOT_COUNTED after the wait, or LOG_LACKS_WRITE immediately; DocumentStoreUnavailable,
   * EventStoreUnavailable
   */
  async open<Name extends ReadModelName>(
    names: readonly Name[],
    atLeast: ConsistencyToken | null,
    afterLogin: OwnLogin | null = null,
  ): Promise<Opened<Name>> {
    const states = await this.waitFor(names, atLeast, afterLogin);
    const opened = names.map(async (name) => {
      return [name, await this.collection(name, liveOf(states, name)?.version)] as const;
    });
    return Object.fromEntries(await Promise.all(opened)) as unknown as Opened<Name>;
  }

  /**
   * Reads every page of one read model, also across rebuilds: each page comes from the version that is live at that time.
   * @param readPage reads one page after a place; the first place is null
   * @throws Rejected READ_MODEL_REPLACED if the live version does not contain everything that was live at the start: the pages
   * that were read are then incomplete. Also Rejected as `open`, DocumentStoreUnavailable, and the signal's reason
   */
  async *readAll<Name extends ReadModelName, Row>(
    name: Name,
    atLeast: ConsistencyToken | null,
    signal: AbortSignal,
    readPage: (documents: Collection<ReadModels[Name]>, after: string | null) => Promise<Pick<PlacedPage<Row>, 'rows' | 'next'>>,
  ): AsyncGenerator<readonly Row[], void, undefined> {
    const start = liveOf(await this.waitFor([name], atLeast), name);
    for (let after: string | null = null; ;) {
      signal.throwIfAborted();
      const live = liveOf(await this.load(), name);
      requireSuccessor(start, live, name);
      const page = await readPage(await this.collection(name, live?.version), after);
      // A version that was dropped before it was read reads as empty.
      if (page.next === null && liveOf(await this.load(), name)?.version !== live?.version) continue;
      if (page.rows.length > 0) yield page.rows;
      if (page.next === null) return;
      after = page.next;
    }
  }

  private async waitFor(
    names: readonly ReadModelName[],
    token: ConsistencyToken | null,
    afterLogin: OwnLogin | null = null,
  ): Promise<States> {
    if (token !== null) await requireWrite(this.store, token);
    const deadline = performance.now() + PATIENCE_MS;
    const positions: readonly Position[] = [
      token === null ? START : positionOfToken(token),
      afterLogin === null ? START : await this.logins.waitFor(afterLogin, deadline),
    ];
    const position = positions.toSorted().at(-1) ?? START;
    const hasReached = (states: States) => names.every((name) => (states.get(name)?.document.live.position ?? START) >= position);
    for (let states = await this.load(); ; states = await this.poll()) {
      if (hasReached(states)) return states;
      if (performance.now() >= deadline) {
        return reject('NOT_CAUGHT_UP');
      }
    }
  }

  private collection<Name extends ReadModelName>(name: Name, version = NOT_FILLED_YET): Promise<Collection<ReadModels[Name]>> {
    // The embedded engine uses an index with a condition only if the collection was opened with it.
    const indexes = name === 'audit' ? [LOGINS_BY_MESSAGE] : [];
    return this.views.collection<ReadModels[Name]>({ name: readModelCollection(name, version), indexes: indexes as never });
  }

  private async load(): Promise<States> {
    const states = await this.views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
    return states.getMany(READ_MODELS);
  }
}

const liveOf = (states: States, name: ReadModelName): ReadModelVersion | undefined => states.get(name)?.document.live;

/** @throws Rejected READ_MODEL_REPLACED if the live version is of another log, or behind the one at the start */
const requireSuccessor = (start: ReadModelVersion | undefined, live: ReadModelVersion | undefined, name: ReadModelName): void => {
  if (!start || (live?.logId === start.logId && live.position >= start.position)) return;
  reject('READ_MODEL_REPLACED', { name });
};
