import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figureOf, type Figure } from './figures';
import type { SharedWorld } from '../world/shared-world';

/** Options of a run, from the command line. */
export interface BenchOptions {
  /** Time for all selected phases together. A phase repeats less and measures for shorter if it gets less of it. */
  readonly minutes: number;
  readonly repetitions: number;
  /** Players of the claims. */
  readonly players: number;
  /** Players of the realistic log. */
  readonly logPlayers: number;
  /** Numbers of stored events at which growth is measured. */
  readonly sizes: readonly number[];
  /** Numbers of running events at which growth is measured. */
  readonly running: readonly number[];
  /** Numbers of open events at which the bytes of a login are measured. */
  readonly open: readonly number[];
  /** Logins that recount, backfill and intake handle. */
  readonly logins: number;
  /** Multiples of the seed's peak that the mixed load measures. */
  readonly factors: readonly number[];
  /** Seconds of the soak at 10 times the peak; null for none. */
  readonly soakSeconds: number | null;
}

/** One part of the suite. */
export interface Phase {
  readonly name: string;
  readonly purpose: string;
  /** Share of the time, relative to the other selected phases. */
  readonly weight: number;
  run(bench: Measurements): Promise<void>;
}

/** Measuring time of one sample, even if the time is over; less in a run of less than a minute. */
const SHORTEST_SECONDS = 1;
const LONGEST_SECONDS = 20;
const LEAST_SECONDS = 0.2;

/** What a phase uses to measure: its share of the time, folders, and the collection of its figures. */
export class Measurements {
  private readonly samples = new Map<string, { readonly unit: string; readonly values: number[] }>();
  private readonly folders: string[] = [];
  private readonly startedAt = performance.now();
  readonly notes: string[] = [];

  constructor(
    readonly name: string,
    readonly options: BenchOptions,
    /** Time of this phase. */
    readonly budgetSeconds: number,
    /** The realistic log, which several phases read. */
    readonly world: SharedWorld,
    private readonly print: (line: string) => void,
  ) {}

  progress = (text: string): void => this.print(`[${this.name}] ${text}`);

  /** Adds a sample of a quantity. */
  sample(what: string, unit: string, value: number): void {
    const existing = this.samples.get(what);
    if (existing) existing.values.push(value);
    else this.samples.set(what, { unit, values: [value] });
  }

  /** Adds a sentence that the figures need to be understood. */
  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }

  get figures(): readonly Figure[] {
    return [...this.samples].map(([what, { unit, values }]) => figureOf(what, unit, values));
  }

  get elapsedSeconds(): number {
    return (performance.now() - this.startedAt) / 1_000;
  }

  /** @returns the seconds for one of so many equal measurements in the remaining time */
  secondsFor(measurements: number): number {
    const remaining = Math.max(0, this.budgetSeconds - this.elapsedSeconds);
    const shortest = Math.min(SHORTEST_SECONDS, Math.max(LEAST_SECONDS, this.options.minutes));
    return Math.min(LONGEST_SECONDS, Math.max(shortest, (remaining * 0.8) / measurements));
  }

  /** Measures repeatedly, at least once, and less often than asked for if the time of the phase is over. */
  async repeat(measure: (repetition: number) => Promise<void>): Promise<void> {
    const { repetitions } = this.options;
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      if (repetition > 0 && this.elapsedSeconds > this.budgetSeconds) {
        this.note(`The time ended after ${repetition} of ${repetitions} repetitions.`);
        return;
      }
      this.progress(`repetition ${repetition + 1} of ${repetitions}`);
      await measure(repetition);
    }
  }

  /** Creates a folder that is removed after the phase. */
  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), `bench-${this.name}-`));
    this.folders.push(folder);
    return folder;
  }

  async removeFolders(): Promise<void> {
    for (const folder of this.folders) await rm(folder, { recursive: true, force: true });
  }
}
