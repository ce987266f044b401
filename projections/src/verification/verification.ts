import { checkLog, Findings, type Finding, type LogCheckResult, type Note } from '@rewards/checker';
import type { Position, Upcast } from '@rewards/contracts';
import type { DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { Checkpoints } from '../runner/checkpoints';
import type { AnyProjection } from '../runner/projection';
import { checkReadModel } from './check-read-model';

/** Result of one verification. */
export interface VerificationReport {
  readonly ok: boolean;
  /** Position up to which the log was checked. */
  readonly position: Position;
  readonly finishedAt: string;
  readonly checked: Omit<LogCheckResult, 'position'> & {
    /** Documents that were compared, by read model. */
    readonly documents: Readonly<Record<string, number>>;
    /** Read models that were not compared, as they have no live version that this program filled from this log. */
    readonly notCompared: readonly string[];
    /** Number of all findings, including those that are not listed. */
    readonly findings: number;
    readonly findingsByRule: Findings['byRule'];
  };
  readonly findings: readonly Finding[];
  /** Differences that break no rule; left out if there are none. */
  readonly notes?: readonly Note[];
}

export interface VerificationEngines {
  readonly store: EventStore;
  readonly views: DocumentStore;
  readonly checkpoints: Checkpoints;
  readonly upcast: Upcast;
}

export interface VerificationOptions {
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly patienceMs?: number;
  /** Called with the current step as text, and the amount of it that is done. */
  readonly onProgress?: (step: string, done: number, unit: string) => void;
}

const PATIENCE_MS = 10_000;

/**
 * Checks the whole log against its rules, and every read model against the fold of its domain events. Reads the log once for the rules
 * and once for each read model. Sorts the events of accounts, and those of documents that depend on several events, into temporary
 * files of a few hundred bytes for each event, and processes at most 8 MiB of them at a time. Memory use does not grow with the log,
 * but with the largest account: by the ids of its logins and claims.
 * @throws EventStoreUnavailable, DocumentStoreUnavailable, and the signal's reason
 */
export const verify = async (
  projections: readonly AnyProjection[],
  engines: VerificationEngines,
  { signal, now = Date.now, patienceMs = PATIENCE_MS, onProgress = () => undefined }: VerificationOptions,
): Promise<VerificationReport> => {
  const findings = new Findings();
  const { position, ...log } = await checkLog(engines.store, findings, {
    upcast: engines.upcast,
    signal,
    patienceMs,
    onProgress: (stage, done) => onProgress(stage === 'events' ? 'Reading the log' : 'Checking the accounts', done, stage),
  });
  const documents: Record<string, number> = {};
  const notCompared: string[] = [];
  for (const projection of projections) {
    const { name } = projection;
    const compared = await checkReadModel(projection, engines, findings, signal, (done) =>
      onProgress(`Comparing the read model ${name}`, done, 'documents'),
    );
    if (compared === null) notCompared.push(name);
    else documents[name] = compared;
  }
  return {
    ok: findings.count === 0,
    position,
    finishedAt: new Date(now()).toISOString(),
    checked: { ...log, documents, notCompared, findings: findings.count, findingsByRule: findings.byRule },
    findings: findings.first,
    ...(findings.notes.length > 0 && { notes: findings.notes }),
  };
};
