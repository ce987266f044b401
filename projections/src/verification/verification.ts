import type { Position } from '@rewards/contracts';
import type { DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { Checkpoints } from '../runner/checkpoints';
import type { AnyProjection } from '../runner/projection';
import { Findings, type Finding, type Note } from './findings';
import { checkLog, type LogChecked } from './log-books';
import { checkReadModel } from './read-model-books';

/** One run over the books. */
export interface VerificationReport {
  readonly ok: boolean;
  /** The log was checked up to here. */
  readonly position: Position;
  readonly finishedAt: string;
  readonly checked: Omit<LogChecked, 'position'> & {
    /** Documents that were compared, by read model. */
    readonly documents: Readonly<Record<string, number>>;
    /** All of them, also those that are not told. */
    readonly findings: number;
  };
  readonly findings: readonly Finding[];
  /** Differences that break no rule; left out if there are none. */
  readonly notes?: readonly Note[];
}

export interface VerificationEngines {
  readonly events: EventStore;
  readonly views: DocumentStore;
  readonly checkpoints: Checkpoints;
}

export interface VerificationOptions {
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly patienceMs?: number;
}

const PATIENCE_MS = 10_000;

/**
 * Checks the books: the whole log against rules of its own, and every read model against the fold of its facts. Memory does not
 * grow with the log; room in the folder for temporary files does.
 * @throws EventStoreUnavailable, DocumentStoreUnavailable, and the signal's reason
 */
export const verify = async (
  projections: readonly AnyProjection[],
  engines: VerificationEngines,
  { signal, now = Date.now, patienceMs = PATIENCE_MS }: VerificationOptions,
): Promise<VerificationReport> => {
  const findings = new Findings();
  const { position, ...log } = await checkLog(engines.events, findings, { signal, patienceMs });
  const documents: Record<string, number> = {};
  for (const projection of projections) {
    documents[projection.name] = await checkReadModel(projection, engines, findings, signal);
  }
  return {
    ok: findings.count === 0,
    position,
    finishedAt: new Date(now()).toISOString(),
    checked: { ...log, documents, findings: findings.count },
    findings: findings.first,
    ...(findings.notes.length > 0 && { notes: findings.notes }),
  };
};
