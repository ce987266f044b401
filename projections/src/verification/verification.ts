import {
  checkLog,
  Findings,
  MAX_FINDINGS,
  readLog,
  type Finding,
  type LogCheckResult,
  type Note,
  type Rule,
} from '@rewards/checker';
import { START, type Position } from '@rewards/contracts';
import type { Batch, EventStore } from '@rewards/event-store';
import type { AnyProjection } from '../runner/projection';
import type { VerificationEngines, VerificationPart } from './verification-part';
import { checkReadModel } from './check-read-model';
import { DeliveriesComparison } from './compare-deliveries';
import { ReadModelComparison } from './compare-read-model';

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

export interface VerificationOptions {
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly patienceMs?: number;
  /** Called with the current step as text, and the amount of it that is done. */
  readonly onProgress?: (step: string, done: number, unit: string) => void;
}

const PATIENCE_MS = 10_000;

/** Read models whose documents depend on the events of one account each. Others are checked as the log is read. */
const BY_ACCOUNT: readonly string[] = ['participations'];

const PARTS: readonly VerificationPart[] = ['accounts', 'events'];

/**
 * Checks the whole log against its rules, and every read model against the fold of its domain events. Reads the log once, and once
 * more for each read model with documents that differ or that change meanwhile. Sorts the events of accounts into temporary files of a
 * few hundred bytes for each event, and processes at most 8 MiB of them at a time. Memory use does not grow with the log, but with
 * the largest account: by the ids of its logins and claims.
 * @param options.parts the parts to do; by default, all in one read
 * @throws EventStoreUnavailable, DocumentStoreUnavailable, and the signal's reason
 */
export const verify = async (
  projections: readonly AnyProjection[],
  engines: VerificationEngines,
  options: VerificationOptions & { readonly parts?: readonly VerificationPart[] },
): Promise<VerificationReport> => {
  const { signal, now = Date.now, patienceMs = PATIENCE_MS, onProgress = () => undefined, parts = PARTS } = options;
  const findings = new Findings();
  const selected = projections.filter(({ name }) => parts.includes(partOf(name)));
  const comparisons = new Map<string, ReadModelComparison>();
  for (const projection of selected) {
    const comparison = await ReadModelComparison.create(projection, partOf(projection.name), engines);
    if (comparison) comparisons.set(projection.name, comparison);
  }
  const all = [...comparisons.values()];
  const onBatch = async ({ events }: Batch): Promise<void> => {
    for (const comparison of all) await comparison.addEvents(events);
  };
  const deliveries = parts.includes('accounts') ? await DeliveriesComparison.create(projections, engines, findings) : null;
  const { position, ...log } = parts.includes('accounts')
    ? await checkLog(engines.store, findings, {
        upcast: engines.upcast,
        signal,
        patienceMs,
        onProgress: (stage, done) => onProgress(stage === 'events' ? 'Reading the log' : 'Checking the accounts', done, stage),
        ...(parts.includes('events') && { onBatch }),
        onAccounts: async (facts, isLarge) => {
          for (const comparison of all) await comparison.addAccounts(facts, isLarge);
        },
        onDeliveries: async (some) => deliveries?.compare(some),
      })
    : { ...NOTHING_CHECKED, position: await readAll(engines.store, signal, onBatch) };
  const documents: Record<string, number> = {};
  const notCompared: string[] = [];
  for (const projection of selected) {
    const { name } = projection;
    const onCompared = (done: number): void => onProgress(`Comparing the read model ${name}`, done, 'documents');
    // Without a comparison, the live version did not exist when this began. It may exist now.
    const compared = await (comparisons.get(name)?.finish(engines, findings, signal, onCompared) ??
      checkReadModel(projection, engines, findings, signal, { onProgress: onCompared }));
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

const NOTHING_CHECKED = { events: 0, accounts: 0, logins: 0, participationFacts: 0, deliveries: 0 } as const;

const partOf = (name: string): VerificationPart => (BY_ACCOUNT.includes(name) ? 'accounts' : 'events');

/** @returns the position up to which the log was read */
const readAll = async (store: EventStore, signal: AbortSignal, onBatch: (batch: Batch) => Promise<void>): Promise<Position> => {
  let position = START;
  for await (const batch of readLog(store, { after: START, signal })) {
    await onBatch(batch);
    position = batch.checkpoint.position;
  }
  return position;
};

/**
 * Combines the reports of the parts.
 * @param accounts the report with the rules of the log, which determines the position
 * @param names the read models, in order
 */
export const combined = (
  accounts: VerificationReport,
  events: VerificationReport,
  names: readonly string[],
): VerificationReport => {
  const byRule: Partial<Record<Rule, number>> = { ...accounts.checked.findingsByRule };
  for (const [rule, count] of Object.entries(events.checked.findingsByRule) as [Rule, number][])
    byRule[rule] = (byRule[rule] ?? 0) + count;
  const compared = { ...accounts.checked.documents, ...events.checked.documents };
  const notes = [...(accounts.notes ?? []), ...(events.notes ?? [])].slice(0, MAX_FINDINGS);
  return {
    ok: accounts.ok && events.ok,
    position: accounts.position,
    finishedAt: accounts.finishedAt > events.finishedAt ? accounts.finishedAt : events.finishedAt,
    checked: {
      ...accounts.checked,
      documents: Object.fromEntries(names.flatMap((name) => (name in compared ? [[name, compared[name] ?? 0]] : []))),
      notCompared: names.filter((name) => !(name in compared)),
      findings: accounts.checked.findings + events.checked.findings,
      findingsByRule: byRule,
    },
    findings: [...accounts.findings, ...events.findings].slice(0, MAX_FINDINGS),
    ...(notes.length > 0 && { notes }),
  };
};
