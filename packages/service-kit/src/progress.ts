const SAID_EVERY_MS = 2_000;

/**
 * Reports how far a long task is, every two seconds.
 * @param total of what is counted, null where it is unknown
 * @param what is counted, as a plural
 */
export const progressOf = (say: (line: string) => void, total: number | null, what: string): ((done: number) => void) => {
  const began = performance.now();
  let [saidAt, first] = [began, null as number | null];
  return (done) => {
    first ??= done;
    const now = performance.now();
    if (now - saidAt < SAID_EVERY_MS) return;
    saidAt = now;
    const perSecond = Math.round(((done - first) * 1_000) / (now - began));
    say(`${done}${total === null ? '' : ` of ${total}`} ${what}, ${perSecond} a second`);
  };
};
