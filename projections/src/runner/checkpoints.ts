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
import { openWhenUsed, type Collection, type DocumentStore, type Stored } from '@rewards/document-store';
import { whyRebuild } from './why-rebuild';

/** The read model is no longer filled into this version: it was replaced, or removed. */
export class VersionRetired extends Error {
  override readonly name = 'VersionRetired';
}

/** How far a version is now, and what stopped it there. */
export interface Progress {
  readonly checkpoint: Checkpoint;
  readonly failure: ReadModelFailure | null;
  /** Set when it holds everything that the log has. */
  readonly upToDateAt?: string;
  /** The live version cannot be reached, since it is not of this log: it is replaced as soon as this one is up to date. */
  readonly isLiveLost?: boolean;
}

/** What a version is filled by and from. */
export type Source = Pick<ReadModelVersion, 'table' | 'logId'>;

/**
 * Checkpoints of the read models. Each is written at the version that it was read at, and only forward: whoever slept
 * meanwhile, or runs beside another, moves nothing back.
 */
export class Checkpoints {
  private readonly known = new Map<string, Stored<ReadModelState>>();
  private readonly states: Collection<ReadModelState>;

  /** @param now milliseconds since 1970 */
  constructor(
    views: DocumentStore,
    private readonly now: () => number = Date.now,
  ) {
    this.states = openWhenUsed<ReadModelState>(views, { name: READ_MODEL_STATES, indexes: [] });
  }

  /** The states of these read models, in one read. */
  async loadAll(names: readonly string[]): Promise<ReadonlyMap<string, ReadModelState>> {
    const stored = await this.states.getMany(names);
    return new Map([...stored].map(([name, { document }]) => [name, document]));
  }

  /**
   * The state of a read model, with a version in it that this table may fill: the live one, or one beside a live one that
   * another table filled. Begins it when there is none. Beside a live one of another log nothing is begun unasked.
   */
  async begin(name: string, source: Source): Promise<ReadModelState> {
    for (;;) {
      const stored = await this.reload(name);
      if (!stored) {
        await this.states.insert(name, { live: this.first(1, source), building: null });
        continue;
      }
      const { live, building } = stored.document;
      const isFilled = live.table === source.table || (building?.table === source.table && building.logId === source.logId);
      if (isFilled || live.logId !== source.logId) return stored.document;
      await this.replace(stored, this.withNextVersion(stored.document, source));
    }
  }

  /**
   * Begins the next version beside the live one.
   * @returns the version that is being filled; the one that was being filled already, if it can come to its end
   */
  async rebuild(name: string, table: number, events: EventStore): Promise<ReadModelVersion> {
    const source = { table, logId: await events.logId() };
    for (;;) {
      const { building } = await this.begin(name, source);
      if (building?.table === table && building.failure === null && (await whyRebuild(name, events, building)) === null)
        return building;
      const stored = this.known.get(name);
      if (stored) await this.replace(stored, this.withNextVersion(stored.document, source));
    }
  }

  /**
   * Moves the checkpoint of a version forward. One that is further already stays, with what is said of it. A version that
   * was built beside the live one replaces it when it has reached it.
   * @throws VersionRetired
   */
  async advance(name: string, version: number, progress: Progress): Promise<void> {
    const { failure, upToDateAt, isLiveLost = false } = progress;
    const { position, eventId } = progress.checkpoint;
    for (let stored = this.known.get(name) ?? (await this.reload(name)); ; stored = await this.reload(name)) {
      const { live, building, retired = [] } = stored?.document ?? {};
      const current = [live, building].find((candidate) => candidate?.version === version);
      if (!stored || !live || !current) throw new VersionRetired(`${name} is not at version ${version} any more`);

      const hasReached = failure === null && (isLiveLost ? upToDateAt !== undefined : position >= live.position);
      const isReplacing = current !== live && hasReached;
      if (position < current.position) return;
      if (position === current.position && eventId === current.eventId && failure === current.failure && !isReplacing) return;

      const next = { ...current, position, eventId, failure, upToDateAt: upToDateAt ?? current.upToDateAt };
      const state: ReadModelState =
        current === live
          ? { ...stored.document, live: next }
          : isReplacing
            ? { live: next, building: null, retired: [...retired, this.retire(live)] }
            : { ...stored.document, building: next };
      if (await this.replace(stored, state)) return;
    }
  }

  /** Forgets a retired version whose collection is gone. */
  async forget(name: string, version: number): Promise<void> {
    for (;;) {
      const stored = await this.reload(name);
      const { retired = [] } = stored?.document ?? {};
      if (!stored || !retired.some((one) => one.version === version)) return;
      const rest = retired.filter((one) => one.version !== version);
      if (await this.replace(stored, { ...stored.document, retired: rest })) return;
    }
  }

  private first(version: number, source: Source): ReadModelVersion {
    return { ...source, version, position: START, eventId: null, upToDateAt: this.at(), failure: null };
  }

  private withNextVersion({ live, building, retired = [] }: ReadModelState, source: Source): ReadModelState {
    return {
      live,
      building: this.first((building ?? live).version + 1, source),
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
    if (isReplaced) this.known.set(stored.id, { ...stored, version: stored.version + 1, document: state });
    return isReplaced;
  }

  private async reload(name: string): Promise<Stored<ReadModelState> | null> {
    const stored = await this.states.get(name);
    if (stored) this.known.set(name, stored);
    else this.known.delete(name);
    return stored;
  }
}
