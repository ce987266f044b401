import type { ReadModelVersion } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { reject } from '../projections.problems';
import type { Checkpoints } from '../runner/checkpoints';
import type { AnyProjection } from '../runner/projection';

/** Requests rebuilds. Every instance accepts requests; the one with the lease finds the next version and fills it. */
export class Rebuilds {
  constructor(
    private readonly projections: readonly AnyProjection[],
    private readonly store: EventStore,
    private readonly checkpoints: Checkpoints,
  ) {}

  /**
   * Starts a rebuild unless one is in progress.
   * @returns the version that is being filled
   * @throws Rejected NO_SUCH_READ_MODEL; EventStoreUnavailable, DocumentStoreUnavailable
   */
  async request(name: string): Promise<ReadModelVersion> {
    const projection = this.projections.find((candidate) => candidate.name === name);
    if (!projection) return reject('NO_SUCH_READ_MODEL', { name: name.slice(0, 100) });
    return this.checkpoints.rebuild(name, projection.tableVersion, this.store);
  }
}
