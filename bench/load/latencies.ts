import { percentileOf } from '../suite/figures';

/** The outcome of a load. */
export interface LoadResult {
  /** Requests answered in the measured time, whatever the answer. */
  readonly completed: number;
  readonly perSecond: number;
  /** Answers by status; 0 for requests without an answer. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Requests that had no answer when the load ended. */
  readonly unfinished: number;
  /** In milliseconds, including requests without an answer. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Collects the answers of a load. */
export class Latencies {
  private readonly values: number[] = [];
  private readonly statuses: Record<number, number> = {};

  add(milliseconds: number, status: number): void {
    this.values.push(milliseconds);
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
  }

  get count(): number {
    return this.values.length;
  }

  /** @param unfinished latencies so far of the requests that have no answer */
  result(seconds: number, unfinished: readonly number[] = []): LoadResult {
    const sorted = Float64Array.from([...this.values, ...unfinished]).sort();
    return {
      completed: this.count,
      perSecond: this.count / seconds,
      statuses: this.statuses,
      unfinished: unfinished.length,
      p50: percentileOf(sorted, 0.5),
      p99: percentileOf(sorted, 0.99),
      max: percentileOf(sorted, 1),
    };
  }
}

/** @returns the number of answers whose status is not expected, including requests without an answer */
export const unexpectedOf = ({ statuses, unfinished }: LoadResult, isExpected = (status: number) => status < 300): number =>
  Object.entries(statuses).reduce((sum, [status, count]) => (isExpected(Number(status)) ? sum : sum + count), unfinished);
