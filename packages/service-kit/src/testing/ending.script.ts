import { runScript } from '../script';

const ENDINGS: Readonly<Record<string, () => Promise<number | void>>> = {
  succeeds: async () => undefined,
  reports: async () => 2,
  fails: async () => Promise.reject(new Error('no engine')),
  // Nothing is left that could settle the promise, so the process ends.
  waits: () => new Promise(() => undefined),
};

/** A script that ends in the way that its argument specifies. */
runScript(() => ENDINGS[process.argv.at(-1) ?? '']?.() ?? Promise.reject(new Error('unknown')));
