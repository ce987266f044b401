/** A measured quantity, with its samples from all repetitions. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly median: number;
  /** The spread: the smallest and the largest sample. */
  readonly min: number;
  readonly max: number;
  readonly samples: readonly number[];
}

/** @returns the median; NaN without samples */
export const medianOf = (samples: readonly number[]): number => {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = NaN, high = NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return (low + high) / 2;
};

/** @returns the value that a share of the samples does not exceed; 0 without samples */
export const percentileOf = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;

export const figureOf = (what: string, unit: string, samples: readonly number[]): Figure => ({
  what,
  unit,
  median: medianOf(samples),
  min: Math.min(...samples),
  max: Math.max(...samples),
  samples,
});
