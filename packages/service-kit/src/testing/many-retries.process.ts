/** Lets more tasks wait on one signal than Node.js expects listeners. In a process of its own: jest's `process` sees no warnings. */
import { retry } from '../retry';

const ending = new AbortController();
const task = async (): Promise<void> => {
  throw new Error('unavailable');
};
const retrying = Array.from({ length: 30 }, () => retry(task, { signal: ending.signal, firstMs: 60_000, maxMs: 60_000 }));
setImmediate(() => ending.abort());
void Promise.allSettled(retrying);
