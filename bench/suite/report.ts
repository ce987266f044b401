import type { Figure } from './figures';
import { machineLine, type Machine } from './machine';
import type { BenchOptions } from './phase';

export interface PhaseResult {
  readonly phase: string;
  readonly purpose: string;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  readonly notes: readonly string[];
  /** Why the phase ended early; left out if it did not. */
  readonly error?: string;
}

/** The content of the JSON file. */
export interface BenchReport {
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly machine: Machine;
  readonly options: BenchOptions;
  readonly phases: readonly PhaseResult[];
}

/** @returns the number with three significant digits, and thousands separated */
const shown = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
};

const tableOf = (figures: readonly Figure[]): readonly string[] => {
  const rows = [
    ['figure', 'median', 'spread', 'n', 'unit'],
    ...figures.map(({ what, unit, median, min, max, samples }) => [
      what,
      shown(median),
      samples.length > 1 ? `${shown(min)} … ${shown(max)}` : '',
      String(samples.length),
      unit,
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 || column === 4 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
};

/** @returns the lines of the terminal */
export const linesOf = ({ machine, phases }: BenchReport): readonly string[] => [
  machineLine(machine),
  ...phases.flatMap(({ phase, purpose, seconds, figures, notes, error }) => [
    '',
    `${phase}: ${purpose} (${seconds.toFixed(0)} s)`,
    ...tableOf(figures),
    ...notes.map((note) => `  ${note}`),
    ...(error === undefined ? [] : [`  FAILED: ${error}`]),
  ]),
];
