import { KeyedQueue, waitFor } from '@rewards/async';
import type { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';

/** How long a request waits for its task. The rest of a longer one runs after the response. */
const ANSWER_WITHIN_MS = 2_000;

/** Runs tasks that may take longer than a request, one after the other. Nothing of them is stored: a restart ends them. */
export class InBackground {
  private readonly shutdown = new AbortController();
  private readonly inTurn = new KeyedQueue();
  private readonly running = new Set<Promise<void>>();

  /** @param name of the tasks in the log */
  constructor(
    private readonly name: string,
    private readonly failures: Failures,
  ) {}

  /** Aborts when the service stops. */
  get signal(): AbortSignal {
    return this.shutdown.signal;
  }

  /** Runs a task after those that were requested before it. Waits up to two seconds for it. Reports its failure, and never rejects. */
  async run(task: () => Promise<void>): Promise<void> {
    const running = this.inTurn.run('', async () => {
      try {
        await task();
      } catch (error) {
        if (!this.signal.aborted) this.failures.reportFailure(this.name, error);
      }
    });
    this.running.add(running);
    void running.finally(() => this.running.delete(running));
    await waitFor(running, { ms: ANSWER_WITHIN_MS });
  }

  /** Repeats a step of a task until it succeeds. @throws its last error once the service stops */
  async retrying<T>(step: () => Promise<T>): Promise<T> {
    const onError = (error: unknown) => this.failures.reportFailure(this.name, error);
    const result = await retry(step, { signal: this.signal, onError });
    this.failures.reportSuccess(this.name);
    return result;
  }

  /** Logs a part of a task that was skipped, because no retry helps. */
  skip(error: unknown, stream: string): void {
    this.failures.logger.error({ err: error, stream }, `${this.name}: skipped one`);
  }

  /** Finishes the steps in flight. */
  async stop(): Promise<void> {
    this.shutdown.abort();
    await Promise.all(this.running);
  }
}
