/** Values of the past and the future around the present one. */
export interface History<Value> {
  readonly past: readonly Value[];
  readonly present: Value;
  readonly future: readonly Value[];
}

const MAX_STEPS = 100;

export const historyOf = <Value>(present: Value): History<Value> => ({ past: [], present, future: [] });

export const changed = <Value>({ past, present }: History<Value>, next: Value): History<Value> => ({
  past: [...past, present].slice(-MAX_STEPS),
  present: next,
  future: [],
});

/** Goes back one step, if there is one. */
export const undone = <Value>(history: History<Value>): History<Value> => {
  const { past, present, future } = history;
  const previous = past.at(-1);
  return previous === undefined ? history : { past: past.slice(0, -1), present: previous, future: [present, ...future] };
};

/** Takes back the last `undone`, if there was one. */
export const redone = <Value>(history: History<Value>): History<Value> => {
  const { past, present, future } = history;
  const [next, ...rest] = future;
  return next === undefined ? history : { past: [...past, present], present: next, future: rest };
};
