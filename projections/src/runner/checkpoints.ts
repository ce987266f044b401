import {
  READ_MODEL_STATES,
  type Position,
  type ReadModelFailure,
  type ReadModelState,
  type ReadModelVersion,
} from '@rewards/contracts';
import { DuplicateKey, type Collection, type DocumentStore, type Stored } from '@rewards/document-store';

/** The read model is no longer filled into this version: it was replaced, or removed. */
export class VersionRetired extends Error {
  override readonly name = 'VersionRetired';
}

/** How far a version is now, and what stopped it there. */
export interface Progress {
  readonly position: Position;
  readonly failure: ReadModelFailure | null;
  /** Set when it holds everything that the log has. */
  readonly upToDateAt?: string;
}

/**
 * Checkpoints of the read models. Each is written at the version that it was read at, and only forward: whoever slept
 * meanwhile, or runs beside another, moves nothing back.
 */
export class Checkpoints {
  private readonly known = new Map<string, Stored<ReadModelState>>();
  private opened: Collection<ReadModelState> | null = null;

  constructor(private readonly views: DocumentStore) {}

  /** The states of these read models, in one read. */
  async loadAll(names: readonly string[]): Promise<ReadonlyMap<string, ReadModelState>> {
    const stored = await (await this.states()).getMany(names);
    return new Map([...stored].map(([name, { document }]) => [name, document]));
  }

  /**
   * The version of a read model that a table fills: the live one, or one beside a live one that another table filled.
   * Begins it when there is none.
   */
  async begin(name: string, first: Omit<ReadModelVersion, 'version'>): Promise<ReadModelVersion> {
    for (;;) {
      const stored = await this.reload(name);
      if (!stored) {
        await this.insert(name, { live: { ...first, version: 1 }, building: null });
        continue;
      }
      const { live, building } = stored.document;
      if (live.table === first.table || live.logId !== first.logId) return live;
      if (building?.table === first.table && building.logId === first.logId) return building;
      await this.replace(stored, { live, building: { ...first, version: (building ?? live).version + 1 } });
    }
  }

  /**
   * Moves the checkpoint of a version forward. One that is further already stays, with what is said of it. A version that
   * was built beside the live one replaces it when it has reached it.
   * @throws VersionRetired
   */
  async advance(name: string, version: number, { position, failure, upToDateAt }: Progress): Promise<void> {
    for (let stored = this.known.get(name) ?? (await this.reload(name)); ; stored = await this.reload(name)) {
      const { live, building } = stored?.document ?? {};
      const current = [live, building].find((candidate) => candidate?.version === version);
      if (!stored || !live || !current) throw new VersionRetired(`${name} is not at version ${version} any more`);
      if (position < current.position || (position === current.position && failure === current.failure)) return;

      const next = { ...current, position, failure, upToDateAt: upToDateAt ?? current.upToDateAt };
      const isLive = current === live || (position >= live.position && failure === null);
      const state = isLive ? { live: next, building: current === live ? (building ?? null) : null } : { live, building: next };
      if (await this.replace(stored, state)) return;
    }
  }

  private async insert(name: string, state: ReadModelState): Promise<void> {
    try {
      await (await this.states()).insert(name, state);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
    }
  }

  private async replace(stored: Stored<ReadModelState>, state: ReadModelState): Promise<boolean> {
    const isReplaced = await (await this.states()).replace(stored.id, stored.version, state);
    if (isReplaced) this.known.set(stored.id, { ...stored, version: stored.version + 1, document: state });
    return isReplaced;
  }

  private async reload(name: string): Promise<Stored<ReadModelState> | null> {
    const stored = await (await this.states()).get(name);
    if (stored) this.known.set(name, stored);
    else this.known.delete(name);
    return stored;
  }

  private async states(): Promise<Collection<ReadModelState>> {
    return (this.opened ??= await this.views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] }));
  }
}
