import type { ReadModelVersion } from '@rewards/contracts';
import type { Engine } from '@rewards/service-kit/failures';
import type { VerificationReport } from '../verification/verification';

/** The work that would delay HTTP responses: keeping the read models, and verification. */
export interface Background {
  /** @throws the damage that a thread found in this engine, or why the read models cannot be written */
  requireEngine(engine: Engine): void;

  /** @throws Error if the read models are not being kept, with the reason */
  requireFolding(): void;

  /** Starts a rebuild unless one is in progress. @returns the version that is being filled */
  rebuild(name: string): Promise<ReadModelVersion>;

  /** @throws errors of the engines, the signal's reason */
  verify(signal: AbortSignal): Promise<VerificationReport>;

  /** Finishes the batches in flight and releases the leases. */
  stop(): Promise<void>;
}

/** What the background reports to the thread that answers HTTP. */
export interface BackgroundReports {
  /** Called after batches were written to a read model. */
  readonly onBatch: (projection: string, events: number) => void;
}
