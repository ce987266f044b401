import { describeFinding } from '@rewards/checker';
import { START, upcast } from '@rewards/contracts';
import type { Settings } from '@rewards/service-kit';
import { describeEngines, openDocumentStore, openEventStore, requireAvailable } from '@rewards/service-kit/engines';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { ProgressReporter } from './progress';
import { verify, type VerificationReport } from './verification';

export interface VerifyCommandOptions {
  readonly print: (line: string) => void;
  readonly printProgress: (line: string) => void;
  /** Minimum time between two progress lines of a step. */
  readonly progressMs: number;
  readonly signal: AbortSignal;
}

const SUCCESS = 0;
const HAS_FINDINGS = 1;
const INCOMPLETE = 2;

/**
 * Verifies the log and the read models once, and prints the findings.
 * @returns the exit code: 0 without findings, 1 with findings, 2 if the log is empty or a read model was not compared
 * @throws the errors of the engines, and the signal's reason
 */
export const verifyCommand = async (settings: Settings, options: VerifyCommandOptions): Promise<number> => {
  const { print, printProgress, progressMs, signal } = options;
  const places = describeEngines(settings);
  const store = openEventStore(settings, 'read');
  const views = openDocumentStore(settings, 'views', 'read');
  try {
    // An engine that is unavailable now ends the command. One that becomes unavailable later is retried.
    await Promise.all([requireAvailable(places.eventStore, store), requireAvailable(places.documentStore, views)]);
    if ((await store.head()) === START) {
      print(`Nothing was checked: the log is empty (${places.eventStore}). Check DATA_DIR and EVENTSTORE_URL.`);
      return INCOMPLETE;
    }
    const progress = new ProgressReporter(printProgress, progressMs);
    const report = await verify(
      PROJECTIONS,
      { store, views, checkpoints: new Checkpoints(views), upcast },
      { signal, onProgress: (step, done, unit) => progress.report(step, done, unit) },
    );
    for (const line of describeReport(report, places.documentStore)) print(line);
    if (!report.ok) return HAS_FINDINGS;
    return report.checked.notCompared.length > 0 ? INCOMPLETE : SUCCESS;
  } finally {
    await Promise.all([store.close(), views.close()]);
  }
};

const count = (amount: number, noun: string): string => `${amount.toLocaleString('en')} ${noun}`;

/** @param documentStore where the read models should be */
const describeReport = ({ ok, position, checked, findings }: VerificationReport, documentStore: string): readonly string[] => {
  const { events, accounts, logins, participationFacts, deliveries, documents, notCompared, findingsByRule } = checked;
  const compared = Object.entries(documents).map(([name, number]) => `${name} ${number.toLocaleString('en')}`);
  const listed = findings.length.toLocaleString('en');
  const total = checked.findings.toLocaleString('en');
  return [
    ...findings.map(describeFinding),
    ...(findings.length < checked.findings ? [`Only the first ${listed} of ${total} findings are listed.`] : []),
    ...Object.entries(findingsByRule).map(([rule, amount]) => `${count(amount, rule)}`),
    `Log checked up to position ${position}: ${count(logins, 'logins')} and ${count(participationFacts, 'participation events')} ` +
      `of ${count(accounts, 'accounts')}, in ${count(events, 'reward events')}, with ${count(deliveries, 'deliveries')}.`,
    ...(compared.length > 0 ? [`Documents compared with the log: ${compared.join(', ')}.`] : []),
    ...(notCompared.length > 0 ? [missing(notCompared, compared.length === 0, documentStore)] : []),
    ok
      ? notCompared.length > 0
        ? 'The check is incomplete.'
        : 'The books are right.'
      : `The books are wrong: ${total} findings.`,
  ];
};

const missing = (names: readonly string[], isAll: boolean, documentStore: string): string =>
  `${isAll ? 'No read model was compared' : `Not compared: ${names.join(', ')}`}: ${documentStore} has ${isAll ? 'none' : 'no version'} ` +
  'that this version of the program built from this log. Check DATA_DIR and MONGODB_URL, and that the projections service has run ' +
  'since the last upgrade or restore.';
