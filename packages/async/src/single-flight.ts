/**
 * Shares one run of a function among all concurrent callers.
 * @param keepMs how long to reuse a result, in milliseconds; 0 by default
 */
export const singleFlight = <Result>(
  run: () => Promise<Result>,
  keepMs: (result: Result) => number = () => 0,
  now: () => number = () => performance.now(),
): (() => Promise<Result>) => {
  let running: Promise<Result> | null = null;
  let kept: { readonly result: Result; readonly until: number } | null = null;

  const start = async (): Promise<Result> => {
    try {
      const result = await run();
      kept = { result, until: now() + keepMs(result) };
      return result;
    } finally {
      running = null;
    }
  };

  return async () => (kept && now() < kept.until ? kept.result : (running ??= start()));
};
