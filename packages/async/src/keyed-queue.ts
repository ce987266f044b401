import { Mutex } from 'async-mutex';

/** Runs the tasks of one key one at a time, in the order in which they come; tasks of other keys run meanwhile. */
export class KeyedQueue {
  private readonly mutexes = new Map<string, Mutex>();

  /** How many keys have a task that runs or waits. */
  get size(): number {
    return this.mutexes.size;
  }

  /** @returns what the task returns, after all earlier tasks of the key have settled */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const mutex = this.mutexes.get(key) ?? new Mutex();
    this.mutexes.set(key, mutex);
    try {
      return await mutex.runExclusive(task);
    } finally {
      if (!mutex.isLocked()) this.mutexes.delete(key);
    }
  }
}
