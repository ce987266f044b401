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

  /** The live version of a read model, begun with `first` when there is none. */
  async begin(name: string, first: ReadModelVersion): Promise<ReadModelVersion> {
    for (;;) {
      const stored = await this.reload(name);
      if (stored) return stored.document.live;
      try {
        await (await this.states()).insert(name, { live: first });
      } catch (error) {
        if (!(error instanceof DuplicateKey)) throw error;
      }
    }
  }

  /**
   * Moves the checkpoint forward. One that is further already stays, with what is said of it.
   * @throws VersionRetired
   */
  async advance(name: string, version: number, { position, failure, upToDateAt }: Progress): Promise<void> {
    const states = await this.states();
    for (let stored = this.known.get(name) ?? (await this.reload(name)); ; stored = await this.reload(name)) {
      if (stored?.document.live.version !== version) throw new VersionRetired(`${name} is not at version ${version} any more`);
      const { live } = stored.document;
      if (position < live.position || (position === live.position && failure === live.failure)) return;
      const document = { ...stored.document, live: { ...live, position, failure, upToDateAt: upToDateAt ?? live.upToDateAt } };
      if (await states.replace(name, stored.version, document)) {
        this.known.set(name, { ...stored, version: stored.version + 1, document });
        return;
      }
    }
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
