import { KeyedQueue, Semaphore, waitFor } from '@rewards/async';
import { Rejected, type ConsistencyToken, type DomainEvent } from '@rewards/contracts';
import type { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import type { Commands, StreamCommand } from './stream-command';
import { isUnavailable } from './unavailable';

/** How long a request waits for its task. The rest of a longer one runs after the response. */
const ANSWER_WITHIN_MS = 2_000;

/** Executes one of the commands of a task, once a permit is free, and retries while an engine is unavailable. */
export type Execute = <State, Event extends DomainEvent>(command: StreamCommand<State, Event>) => Promise<void>;

export interface InBackgroundOptions {
  /** Of the tasks in the log. */
  readonly name: string;
  /** Commands that are executed at the same time. */
  readonly concurrent: number;
}

/**
 * Runs tasks of many commands, which may take longer than a request, one after the other. Nothing of them is stored: a restart ends
 * them.
 */
export class InBackground {
  private readonly shutdown = new AbortController();
  private readonly inTurn = new KeyedQueue();
  private readonly running = new Set<Promise<void>>();
  private readonly permits: Semaphore;

  constructor(
    private readonly commands: Commands,
    private readonly failures: Failures,
    private readonly options: InBackgroundOptions,
  ) {
    this.permits = new Semaphore(options.concurrent);
  }

  /** Aborts when the service stops. */
  get signal(): AbortSignal {
    return this.shutdown.signal;
  }

  /**
   * Runs a task after those that were requested before it. Waits up to two seconds for it. Reports its failure, and never rejects.
   * @returns the token of the last domain event that it recorded until then; null if it recorded none
   */
  async run(task: (execute: Execute) => Promise<void>): Promise<ConsistencyToken | null> {
    let last: ConsistencyToken | null = null;
    const onRecorded = (token: ConsistencyToken): void => {
      if (last === null || token > last) last = token;
    };
    const execute: Execute = (command) =>
      this.permits.run(async () => {
        if (!this.signal.aborted) await this.retrying(() => this.execute(command, onRecorded));
      });
    const running = this.inTurn.run('', async () => {
      try {
        await task(execute);
      } catch (error) {
        if (!this.signal.aborted) this.failures.reportFailure(this.options.name, error);
      }
    });
    this.running.add(running);
    void running.finally(() => this.running.delete(running));
    await waitFor(running, { ms: ANSWER_WITHIN_MS });
    return last;
  }

  /** Repeats a step of a task until it succeeds. @throws its last error once the service stops */
  async retrying<T>(step: () => Promise<T>): Promise<T> {
    const { name } = this.options;
    const result = await retry(step, { signal: this.signal, onError: (error) => this.failures.reportFailure(name, error) });
    this.failures.reportSuccess(name);
    return result;
  }

  /** Finishes the commands in flight. */
  async stop(): Promise<void> {
    this.shutdown.abort();
    await Promise.all(this.running);
  }

  /** @throws the errors of engines */
  private async execute<State, Event extends DomainEvent>(
    command: StreamCommand<State, Event>,
    onRecorded: (token: ConsistencyToken) => void,
  ): Promise<void> {
    try {
      const { token } = await this.commands.execute(command);
      if (token !== null) onRecorded(token);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      // A rejection: another request came first. No retry helps after any other error either, and the next command is executed.
      if (error instanceof Rejected) return;
      this.failures.logger.error({ err: error, stream: command.fields.stream }, `${this.options.name}: skipped one`);
    }
  }
}
