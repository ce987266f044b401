import { sleep } from '@rewards/async';
import {
  READ_MODEL_STATES,
  readModelCollection,
  type Position,
  type ReadModelName,
  type ReadModels,
  type ReadModelState,
} from '@rewards/contracts';
import type { Collection, DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';

const POLL_MS = 10;
const PATIENCE_MS = 2_000;

/** The documents of a read model, with everything that the log had up to a position. */
export interface CaughtUp<View extends object> {
  readonly documents: Collection<View>;
  readonly upTo: Position;
}

/** A read model of the projections service that commands consult. It only tells what to decide on: streams decide. */
export class CurrentReadModel<Name extends ReadModelName> {
  constructor(
    private readonly name: Name,
    private readonly views: DocumentStore,
    private readonly store: Pick<EventStore, 'head' | 'logId'>,
  ) {}

  /** Returns the documents of the version that is live now. */
  async documents(): Promise<Collection<ReadModels[Name]>> {
    return this.version((await this.live())?.version ?? 0);
  }

  /**
   * Waits up to two seconds until the read model contains everything that is in the log now.
   * @param isUsable whether the documents have the fields that the caller needs
   * @returns null if it does not in time
   */
  async caughtUp(
    isUsable: (documents: Collection<ReadModels[Name]>) => Promise<boolean> = async () => true,
  ): Promise<CaughtUp<ReadModels[Name]> | null> {
    const [upTo, logId] = await Promise.all([this.store.head(), this.store.logId()]);
    for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(POLL_MS)) {
      const live = await this.live();
      if (live?.logId === logId && live.position >= upTo) {
        const documents = await this.version(live.version);
        if (await isUsable(documents)) return { documents, upTo };
      }
      if (performance.now() >= deadline) return null;
    }
  }

  private async live() {
    const states = await this.views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
    return (await states.get(this.name))?.document.live;
  }

  private version(version: number): Promise<Collection<ReadModels[Name]>> {
    return this.views.collection<ReadModels[Name]>({ name: readModelCollection(this.name, version), indexes: [] });
  }
}
