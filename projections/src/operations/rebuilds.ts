import type { ReadModelVersion } from '@rewards/contracts';
import { reject } from '../projections.problems';
import type { AnyProjection } from '../runner/projection';

/** Requests rebuilds. Every instance accepts requests; the one with the lease finds the next version and fills it. */
export class Rebuilds {
  /** @param start starts a rebuild of a read model unless one is in progress */
  constructor(
    private readonly projections: readonly AnyProjection[],
    private readonly start: (projection: AnyProjection) => Promise<ReadModelVersion>,
  ) {}

  /**
   * Starts a rebuild unless one is in progress.
   * @returns the version that is being filled
   * @throws Rejected NO_SUCH_READ_MODEL; EventStoreUnavailable, DocumentStoreUnavailable
   */
  async request(name: string): Promise<ReadModelVersion> {
    const projection = this.projections.find((candidate) => candidate.name === name);
    if (!projection) return reject('NO_SUCH_READ_MODEL', { name: name.slice(0, 100) });
    return this.start(projection);
  }
}
