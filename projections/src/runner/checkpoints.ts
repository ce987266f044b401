import {
  READ_MODEL_STATES,
  START,
  type Checkpoint,
  type ReadModelFailure,
  type ReadModelState,
  type ReadModelVersion,
  type RetiredVersion,
} from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { openOnFirstUse, type Collection, type DocumentStore, type Stored } from '@rewards/document-store';
import { rebuildReason } from './rebuild-reason';

/** Thrown for a version that is no longer filled because it was replaced or removed. */
export class VersionRetired extends Error {
  override readonly name = 'VersionRetired';
}

/** Checkpoint of a version, and the failure that stopped it there. */
export interface VersionProgress {
  readonly checkpoint: Checkpoint;
  readonly failure: ReadModelFailure | null;
  /** Number of domain events that were read since the last checkpoint. */
  readonly events?: number;
  /** When the version contained every domain event of the log; unset if it does not. */
  readonly upToDateAt?: string;
  /** Whether the live version does not match this log. This version then replaces it as soon as it is up to date. */
  readonly isLiveMismatched?: boolean;
  /** Whether this version may replace the live one; by default, it may. */
  readonly mayReplaceLive?: boolean;
}

/** The projection version and the log that fill a version. */
export type VersionSource = Pick<ReadModelVersion, 'table' | 'logId'>;

/**
 * Stores the checkpoints of the read models. A write expects the document version that was read, and moves a checkpoint only
 * forward. So a process that was suspended, or runs concurrently with another, never moves a checkpoint back.
 */
export class Checkpoints {
  private readonly cache = new Map<string, Stored<ReadModelState>>();
  private readonly states: Collection<ReadModelState>;

  /** @param now milliseconds since 1970 */
  constructor(
    views: DocumentStore,
    private readonly now: () => number = Date.now,
  ) {
    this.states = openOnFirstUse<ReadModelState>(views, { name: READ_MODEL_STATES, indexes: [] });
  }

  /** Loads the states of these read models in one read. */
  async loadAll(names: readonly string[]): Promise<ReadonlyMap<string, ReadModelState>> {
    const stored = await this.states.getMany(names);
    return new Map([...stored].map(([name, { document }]) => [name, document]));
  }

  /**
   * Returns the state of a read model, after adding a version for this table to fill if there is none. The next version is added
   * if another table filled the live one. If the live one is of another log, only `rebuild` adds a version.
   * @param mayReplaceNewer whether this table may replace one of a later release; by default, it may not
   */
  async begin(name: string, source: VersionSource, mayReplaceNewer = false): Promise<ReadModelState> {
    for (;;) {
      const stored = await this.reload(name);
      if (!stored) {
        await this.states.insert(name, { live: this.newVersion(1, source), building: null });
        continue;
      }
      const { live, building } = stored.document;
      const isFilled = live.table === source.table || (building?.table === source.table && building.logId === source.logId);
      if (isFilled || live.logId !== source.logId) return stored.document;
      const newest = Math.max(live.table, building?.table ?? 0);
      if (newest > source.table && !mayReplaceNewer) return stored.document;
      await this.replace(stored, this.withNextVersion(stored.document, source));
    }
  }

  /**
   * Starts the next version while queries read the live one, unless a rebuild that can finish is in progress.
   * @returns the version that is being filled
   */
  async rebuild(name: string, table: number, store: EventStore): Promise<ReadModelVersion> {
    const source = { table, logId: await store.logId() };
    for (;;) {
      const { building } = await this.begin(name, source, true);
      if (building?.table === table && building.failure === null && (await rebuildReason(name, store, building)) === null)
        return building;
      const stored = this.cache.get(name);
      if (stored) await this.replace(stored, this.withNextVersion(stored.document, source));
    }
  }

  /**
   * Moves the checkpoint of a version forward; does nothing if it is already further. The next version replaces the live one when
   * it has caught up with it.
   * @throws VersionRetired
   */
  async advance(name: string, version: number, progress: VersionProgress): Promise<void> {
    const { failure, events = 0, upToDateAt, isLiveMismatched = false, mayReplaceLive = true } = progress;
    const { position, eventId } = progress.checkpoint;
    for (let stored = this.cache.get(name) ?? (await this.reload(name)); ; stored = await this.reload(name)) {
      const { live, building, retired = [] } = stored?.document ?? {};
      const current = [live, building].find((candidate) => candidate?.version === version);
      if (!stored || !live || !current) throw new VersionRetired(`version ${version} of the read model ${name} is retired`);

      const hasReached = failure === null && (isLiveMismatched ? upToDateAt !== undefined : position >= live.position);
      const isReplacing = current !== live && hasReached && mayReplaceLive;
      if (position < current.position) return;
      if (position === current.position && eventId === current.eventId && failure === current.failure && !isReplacing) return;

      const next = {
        ...current,
        ...{ position, eventId, failure },
        upToDateAt: upToDateAt ?? current.upToDateAt,
        events: (current.events ?? 0) + events,
      };
      const state: ReadModelState =
        current === live
          ? { ...stored.document, live: next }
          : isReplacing
            ? { live: next, building: null, retired: [...retired, this.retire(live)] }
            : { ...stored.document, building: next };
      if (await this.replace(stored, state)) return;
    }
  }

  /** Removes a retired version, whose collection was dropped, from the state. */
  async forget(name: string, version: number): Promise<void> {
    for (;;) {
      const stored = await this.reload(name);
      const { retired = [] } = stored?.document ?? {};
      if (!stored || !retired.some((candidate) => candidate.version === version)) return;
      const rest = retired.filter((candidate) => candidate.version !== version);
      if (await this.replace(stored, { ...stored.document, retired: rest })) return;
    }
  }

  private newVersion(version: number, source: VersionSource): ReadModelVersion {
    return { ...source, version, position: START, eventId: null, upToDateAt: this.at(), failure: null };
  }

  private withNextVersion({ live, building, retired = [] }: ReadModelState, source: VersionSource): ReadModelState {
    return {
      live,
      building: this.newVersion((building ?? live).version + 1, source),
      retired: building ? [...retired, this.retire(building)] : retired,
    };
  }

  private retire({ version }: ReadModelVersion): RetiredVersion {
    return { version, at: this.at() };
  }

  private at(): string {
    return new Date(this.now()).toISOString();
  }

  private async replace(stored: Stored<ReadModelState>, state: ReadModelState): Promise<boolean> {
    const isReplaced = await this.states.replace(stored.id, stored.version, state);
    if (isReplaced) this.cache.set(stored.id, { ...stored, version: stored.version + 1, document: state });
    return isReplaced;
  }

  private async reload(name: string): Promise<Stored<ReadModelState> | null> {
    const stored = await this.states.get(name);
    if (stored) this.cache.set(name, stored);
    else this.cache.delete(name);
    return stored;
  }
}
