import type { Worker } from 'node:worker_threads';
import { backoff, sleep } from '@rewards/async';
import type { ReadModelVersion } from '@rewards/contracts';
import type { Failures } from '@rewards/service-kit/failures';
import type { Report, Request } from './messages';
import { toError } from './plain-error';

/** The folding thread reports every second. If it reports nothing for this long, something blocks it. */
const SILENCE_MS = 15_000;
/** A thread that lived this long starts again without a pause after it dies. */
const STABLE_MS = 60_000;

const restartMs = backoff({ firstMs: 250, maxMs: 30_000, jitter: 'none' });

interface Pending {
  readonly resolve: (version: ReadModelVersion) => void;
  readonly reject: (error: unknown) => void;
}

export interface FoldingThreadOptions {
  readonly failures: Failures;
  /** Aborts when the thread has to stop and is not started again. */
  readonly stopped: AbortSignal;
  readonly start: () => Worker;
  /** Waits for the end of the thread. @returns why it ended */
  readonly untilEnd: (thread: Worker, onReport: (report: Report) => void) => Promise<string>;
  readonly onBatch: (readModel: string, events: number) => void;
}

/** The thread that keeps the read models. It is started again if it dies. */
export class FoldingThread {
  /** Ends after the thread was stopped and has ended. */
  readonly ended: Promise<void>;
  private readonly pending = new Map<number, Pending>();
  private thread: Worker | null = null;
  private aliveAt = performance.now();
  /** Why the read models cannot be written; null if they can. */
  private writeError: Error | null = null;
  /** Why the thread died; null while it runs. */
  private death: string | null = null;
  private lastId = 0;

  constructor(private readonly options: FoldingThreadOptions) {
    this.ended = this.keepRunning();
  }

  /** @throws why the read models cannot be written */
  requireWritable(): void {
    if (this.writeError) throw this.writeError;
  }

  /** @throws Error if the read models are not being kept, with the reason */
  requireRunning(): void {
    if (this.death) throw new Error(`the thread that keeps the read models died and is being restarted: ${this.death}`);
    const silentMs = performance.now() - this.aliveAt;
    if (silentMs > SILENCE_MS)
      throw new Error(`the thread that keeps the read models has not responded for ${Math.round(silentMs / 1_000)} s`);
  }

  async rebuild(name: string): Promise<ReadModelVersion> {
    this.requireRunning();
    const { thread } = this;
    if (!thread) throw new Error('the thread that keeps the read models has stopped');
    const id = (this.lastId += 1);
    const request: Request = { kind: 'rebuild', id, name };
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      thread.postMessage(request);
    });
  }

  private async keepRunning(): Promise<void> {
    const { failures, stopped } = this.options;
    for (let deaths = 0; !stopped.aborted;) {
      const startedAt = performance.now();
      const reason = await this.run();
      this.thread = null;
      for (const { reject } of this.pending.values()) reject(new Error('the thread that keeps the read models died'));
      this.pending.clear();
      if (stopped.aborted) return;
      deaths = performance.now() - startedAt > STABLE_MS ? 1 : deaths + 1;
      const pauseMs = restartMs(deaths);
      this.death = reason;
      const line = `the thread that keeps the read models died, restarting in ${pauseMs / 1_000} s`;
      failures.logger.error({ reason, deaths }, line);
      await sleep(pauseMs, { signal: stopped });
    }
  }

  /** Runs the thread until it ends. @returns why */
  private async run(): Promise<string> {
    const thread = this.options.start();
    this.thread = thread;
    this.aliveAt = performance.now();
    return this.options.untilEnd(thread, (report) => {
      if (report.kind === 'alive') {
        this.aliveAt = performance.now();
        this.death = null;
        this.writeError = report.error && toError(report.error);
        for (const [name, events] of Object.entries(report.batches)) this.options.onBatch(name, events);
      } else if (report.kind === 'rebuilding') this.take(report.id)?.resolve(report.version);
      else if (report.kind === 'rejected') this.take(report.id)?.reject(toError(report.error));
    });
  }

  private take(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }
}
