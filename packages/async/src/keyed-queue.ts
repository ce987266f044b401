import { Mutex } from 'async-mutex';

/** Runs the tasks of each key one at a time, in order of arrival. Tasks of different keys run concurrently. */
export class KeyedQueue {
  private readonly mutexes = new Map<string, Mutex>();

  /** Number of keys with a running or waiting task. */
  get size(): number {
    return this.mutexes.size;
  }

  /** Runs a task after all earlier tasks of its key have settled. @returns the result of the task */
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
