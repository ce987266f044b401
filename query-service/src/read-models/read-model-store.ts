import { setTimeout as delay } from 'node:timers/promises';
import {
  READ_MODEL_STATES,
  isTokenOf,
  positionOfToken,
  readModelCollection,
  type ConsistencyToken,
  type ReadModelName,
  type ReadModels,
  type ReadModelState,
} from '@rewards/contracts';
import type { Collection, DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { problem } from '@rewards/service-kit';

type States = ReadonlyMap<string, { readonly document: ReadModelState }>;

/** Live versions of the read models asked for. */
export type Opened<Name extends ReadModelName> = { readonly [Each in Name]: Collection<ReadModels[Each]> };

const READ_MODELS: readonly ReadModelName[] = ['events', 'participations', 'claims', 'audit', 'statistics', 'deadLetters'];
const POLL_MS = 10;
const PATIENCE_MS = 2_000;
/** Nobody fills a version 0, so it reads as empty. */
const NOT_FILLED_YET = 0;

/** The read models as projections fills them. Before it ever ran they are empty. */
export class ReadModelStore {
  private polling: Promise<States> | null = null;

  constructor(
    private readonly views: DocumentStore,
    private readonly log: EventStore,
  ) {}

  /**
   * Opens read models for one query: pointer and checkpoint of all of them come from one read.
   * @param atLeast the query reflects at least this write; it waits for it up to two seconds
   * @throws Problem NOT_CAUGHT_UP, at once if the log does not contain the write; DocumentStoreUnavailable, EventStoreUnavailable
   */
  async open<Name extends ReadModelName>(names: readonly Name[], atLeast: ConsistencyToken | null): Promise<Opened<Name>> {
    const states = atLeast === null ? await this.load() : await this.reach(names, atLeast);
    const opened = names.map(async (name) => {
      const version = states.get(name)?.document.live.version ?? NOT_FILLED_YET;
      return [name, await this.views.collection({ name: readModelCollection(name, version), indexes: [] })] as const;
    });
    return Object.fromEntries(await Promise.all(opened)) as unknown as Opened<Name>;
  }

  private async reach(names: readonly ReadModelName[], token: ConsistencyToken): Promise<States> {
    const position = positionOfToken(token);
    if (!isTokenOf(token, await this.log.eventIdAt(position))) {
      throw problem('NOT_CAUGHT_UP', {
        detail: 'The log does not contain the write that X-Min-Position names. It may have been restored from a backup since.',
      });
    }
    const deadline = performance.now() + PATIENCE_MS;
    const isReached = (states: States) => names.every((name) => (states.get(name)?.document.live.position ?? '') >= position);
    for (let states = await this.load(); ; states = await this.poll()) {
      if (isReached(states)) return states;
      if (performance.now() >= deadline) {
        throw problem('NOT_CAUGHT_UP', { detail: 'The read model has not caught up with this write yet. Retry shortly.' });
      }
    }
  }

  /** However many wait, one poll serves them all; while nobody waits there is none. */
  private poll(): Promise<States> {
    return (this.polling ??= delay(POLL_MS)
      .then(() => this.load())
      .finally(() => (this.polling = null)));
  }

  private async load(): Promise<States> {
    const states = await this.views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
    return states.getMany(READ_MODELS);
  }
}
