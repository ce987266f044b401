import { upcast } from '@rewards/contracts';
import type { Settings } from '@rewards/service-kit';
import type { OptionValues } from '@rewards/service-kit/command-line';
import { describeEngines, openEventStore, requireAvailable } from '@rewards/service-kit/engines';
import { partsOf, readLedger, UnreadableLedger } from './ledger';
import { DIFFERENCES, Reconciliation, type DifferenceKind, type Totals } from './reconciliation';

export interface ReconcileCommandOptions {
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
  readonly signal: AbortSignal;
  /** The standard input, which is read for the file `-`. */
  readonly input: NodeJS.ReadableStream;
}

const [SUCCESS, HAS_DIFFERENCES, BAD_INPUT] = [0, 1, 2] as const;

/**
 * Compares what was issued to an endpoint on a day, what was delivered, and what the ledger of the game has, and prints all
 * differences.
 * @returns the exit code: 0 without differences, 1 with differences, 2 if the arguments or the ledger are invalid
 * @throws the errors of the event store, and the signal's reason
 */
export const reconcileCommand = async (
  settings: Settings,
  [file]: readonly string[],
  { endpoint: endpointId, day }: OptionValues,
  { print, printError, signal, input }: ReconcileCommandOptions,
): Promise<number> => {
  const reject = (sentence: string): number => {
    printError(sentence);
    return BAD_INPUT;
  };
  if (!endpointId || !day || !file)
    return reject('Usage: npm run reconcile -- --endpoint <id> --day <yyyy-mm-dd> <ledger.ndjson>');
  if (!isDay(day)) return reject(`${day} is not a day. Write it as yyyy-mm-dd, for example 2026-11-30.`);
  const store = openEventStore(settings, 'read');
  let reconciliation: Reconciliation | null = null;
  try {
    await requireAvailable(describeEngines(settings).eventStore, store);
    const chunks = file === '-' ? (input.setEncoding('utf8') as AsyncIterable<string>) : partsOf(file);
    reconciliation = await Reconciliation.of(store, { endpointId, day, ledger: readLedger(chunks), upcast, signal });
    const { endpointIds } = reconciliation;
    if (!endpointIds.has(endpointId)) {
      const known = endpointIds.size === 0 ? 'It has no endpoint.' : `It has ${[...endpointIds].join(', ')}.`;
      return reject(`The log has no endpoint ${endpointId}. ${known}`);
    }
    print(`Endpoint ${endpointId} on ${day} (UTC), with the log up to position ${reconciliation.position}.`);
    for (const line of tableOf(reconciliation.totals)) print(line);
    return (await printDifferences(reconciliation, print)) ? HAS_DIFFERENCES : SUCCESS;
  } catch (error) {
    if (error instanceof UnreadableLedger) return reject(`${file}: ${error.message}.`);
    if (isFileError(error)) return reject(`${file} cannot be read: ${error.message}.`);
    throw error;
  } finally {
    await Promise.all([reconciliation?.remove(), store.close()]);
  }
};

/** @returns whether there are any */
const printDifferences = async (reconciliation: Reconciliation, print: (line: string) => void): Promise<boolean> => {
  const { counts } = reconciliation;
  for (const kind of Object.keys(DIFFERENCES) as DifferenceKind[]) {
    const count = counts.get(kind) ?? 0;
    if (count === 0) continue;
    print('');
    print(`${DIFFERENCES[kind]}: ${count.toLocaleString('en')}`);
    for await (const { deliveryId, details } of reconciliation.differences(kind)) print(`  ${deliveryId}  ${details}`);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  print('');
  print(
    total === 0
      ? 'Nothing differs.'
      : `Differences: ${total.toLocaleString('en')}. docs/operations.md says what to do about each.`,
  );
  return total > 0;
};

const isDay = (text: string): boolean => {
  const time = new Date(`${text}T00:00:00.000Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
};

const isFileError = (error: unknown): error is Error => {
  const { code = '', path } = error as NodeJS.ErrnoException;
  return ['ENOENT', 'EACCES', 'EISDIR'].includes(code) && (path !== undefined || code === 'EISDIR');
};

const COLUMNS = ['issued', 'delivered', 'held'] as const;

/** @returns a table with one line for each reward type, and a total */
const tableOf = (totals: ReadonlyMap<string, Totals>): readonly string[] => {
  const rows = [...totals].sort(([a], [b]) => (a < b ? -1 : 1));
  const sum = (column: (typeof COLUMNS)[number], field: 'count' | 'units') =>
    rows.reduce((total, [, row]) => total + row[column][field], 0);
  const cells = [
    ['type', ...COLUMNS.flatMap((column) => [column, 'units'])],
    ...rows.map(([type, row]) => [type, ...COLUMNS.flatMap((column) => [row[column].count, row[column].units].map(shown))]),
    ['total', ...COLUMNS.flatMap((column) => [sum(column, 'count'), sum(column, 'units')].map(shown))],
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  return cells.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '),
  );
};

const shown = (value: number): string => value.toLocaleString('en');
