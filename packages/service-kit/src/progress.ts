const REPORT_INTERVAL_MS = 2_000;

/**
 * Creates a function that reports the progress of a long task every two seconds.
 * @param total of the counted items; null if it is unknown
 * @param unit of the counted items, as a plural
 */
export const createProgressPrinter = (
  print: (line: string) => void,
  total: number | null,
  unit: string,
): ((done: number) => void) => {
  const startedAt = performance.now();
  let [reportedAt, first] = [startedAt, null as number | null];
  return (done) => {
    first ??= done;
    const now = performance.now();
    if (now - reportedAt < REPORT_INTERVAL_MS) return;
    reportedAt = now;
    const perSecond = Math.round(((done - first) * 1_000) / (now - startedAt));
    print(`${done}${total === null ? '' : ` of ${total}`} ${unit}, ${perSecond} per second`);
  };
};
