import { once } from 'node:events';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { backoff, onAbort, sleep, waitFor } from '@rewards/async';
import type { ReadModelVersion } from '@rewards/contracts';
import type { Settings } from '@rewards/service-kit';
import { engineFailure, reasonOf, type Engine, type Failures } from '@rewards/service-kit/failures';
import type { VerificationReport } from '../verification/verification';
import type { Background, BackgroundReports } from './background';
import type { Report, Request, ThreadData } from './messages';
import { toError } from './plain-error';

export type ThreadName = 'folding' | 'verification';

/** Starts a thread that runs `<name>.worker`. */
export type StartThread = (name: ThreadName, options: WorkerOptions) => Worker;

/** The compiled threads; specs run from the sources, which Node.js cannot load. */
export const compiledThreads: StartThread | null = __filename.endsWith('.js')
  ? (name, options) => new Worker(`${__dirname}/${name}.worker.js`, options)
  : null;

/** The folding thread reports every second. If it reports nothing for this long, something blocks it. */
const SILENCE_MS = 15_000;
/** How long a stopping thread may take to finish its batches; a service has ten seconds in all. */
const STOP_MS = 8_000;
/** A thread that lived this long starts again without a pause after it dies. */
const STABLE_MS = 60_000;

/** Memory of one thread, in MiB. Beyond it, only the thread ends, and not the service. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 192 } as const;

const restartMs = backoff({ firstMs: 250, maxMs: 30_000, jitter: 'none' });

interface Pending {
  readonly resolve: (version: ReadModelVersion) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Keeps the read models in one thread and runs each verification in another, so that neither delays HTTP responses. One thread folds
 * all read models, because the embedded file has one writer. Starts the folding thread again if it dies.
 */
export class BackgroundThreads implements Background {
  private readonly damage = new Map<Engine, Error>();
  private readonly pending = new Map<number, Pending>();
  private readonly stopping = new AbortController();
  private readonly verifying = new Set<Promise<unknown>>();
  private readonly keeping: Promise<void>;
  private folding: Worker | null = null;
  private aliveAt = performance.now();
  /** Why the read models cannot be written; null if they can. */
  private writeError: Error | null = null;
  /** Why the folding thread died; null while it runs. */
  private death: string | null = null;
  private lastId = 0;

  constructor(
    private readonly settings: Settings,
    private readonly failures: Failures,
    private readonly reports: BackgroundReports,
    private readonly startThread: StartThread,
  ) {
    this.keeping = this.keepFolding();
  }

  requireEngine(engine: Engine): void {
    const error = this.damage.get(engine) ?? (engine === 'documentStore' ? this.writeError : null);
    if (error) throw error;
  }

  requireFolding(): void {
    if (this.death) throw new Error(`the thread that keeps the read models died and is being restarted: ${this.death}`);
    const silentMs = performance.now() - this.aliveAt;
    if (silentMs > SILENCE_MS)
      throw new Error(`the thread that keeps the read models has not responded for ${Math.round(silentMs / 1_000)} s`);
  }

  async rebuild(name: string): Promise<ReadModelVersion> {
    this.requireFolding();
    const { folding } = this;
    if (!folding) throw new Error('the thread that keeps the read models has stopped');
    const id = (this.lastId += 1);
    const request: Request = { kind: 'rebuild', id, name };
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      folding.postMessage(request);
    });
  }

  async verify(signal: AbortSignal): Promise<VerificationReport> {
    const run = this.runVerification(signal);
    this.verifying.add(run);
    try {
      return await run;
    } finally {
      this.verifying.delete(run);
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Error('the service stops'));
    await Promise.allSettled([this.keeping, ...this.verifying]);
  }

  private async keepFolding(): Promise<void> {
    for (let deaths = 0; !this.stopping.signal.aborted;) {
      const startedAt = performance.now();
      const reason = await this.fold();
      this.folding = null;
      for (const { reject } of this.pending.values()) reject(new Error('the thread that keeps the read models died'));
      this.pending.clear();
      if (this.stopping.signal.aborted || this.damage.size > 0) return;
      deaths = performance.now() - startedAt > STABLE_MS ? 1 : deaths + 1;
      const pauseMs = restartMs(deaths);
      this.death = reason;
      const line = `the thread that keeps the read models died, restarting in ${pauseMs / 1_000} s`;
      this.failures.logger.error({ reason, deaths }, line);
      await sleep(pauseMs, { signal: this.stopping.signal });
    }
  }

  /** Runs the folding thread until it ends. @returns why */
  private async fold(): Promise<string> {
    const thread = this.start('folding');
    this.folding = thread;
    this.aliveAt = performance.now();
    return this.untilEnd(thread, this.stopping.signal, (report) => {
      if (report.kind === 'alive') {
        this.aliveAt = performance.now();
        this.death = null;
        this.writeError = report.error && toError(report.error);
        for (const [name, events] of Object.entries(report.batches)) this.reports.onBatch(name, events);
      } else if (report.kind === 'rebuilding') this.take(report.id)?.resolve(report.version);
      else if (report.kind === 'rejected') this.take(report.id)?.reject(toError(report.error));
    });
  }

  private take(id: number): Pending | undefined {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    return pending;
  }

  private async runVerification(signal: AbortSignal): Promise<VerificationReport> {
    let outcome: VerificationReport | Error | null = null;
    const reason = await this.untilEnd(this.start('verification'), signal, (report) => {
      if (report.kind === 'verified') outcome = report.report;
      else if (report.kind === 'failed') outcome = toError(report.error);
    });
    signal.throwIfAborted();
    const ended = outcome as VerificationReport | Error | null;
    if (ended === null) throw new Error(`the thread of the verification died: ${reason}`);
    if (!(ended instanceof Error)) return ended;
    this.noteDamage(ended);
    throw ended;
  }

  private start(name: ThreadName): Worker {
    // No thread uses the networks, which cannot be cloned.
    const workerData: ThreadData = { settings: { ...this.settings, trustProxy: false } };
    return this.startThread(name, { workerData, resourceLimits: RESOURCE_LIMITS });
  }

  /** Waits for the end of a thread, which is requested when the signal aborts. @returns why it ended */
  private async untilEnd(thread: Worker, signal: AbortSignal, onReport: (report: Report) => void): Promise<string> {
    let reason = '';
    thread.on('error', (error: unknown) => (reason = reasonOf(error)));
    thread.on('message', (report: Report) => {
      this.forward(report);
      onReport(report);
    });
    const ended = once(thread, 'exit').catch(() => once(thread, 'exit'));
    const stop = onAbort(signal, () => {
      thread.postMessage({ kind: 'stop' } satisfies Request);
      void waitFor(ended, { ms: STOP_MS }).then((inTime) => (inTime ? undefined : thread.terminate()));
    });
    try {
      const [code] = (await ended) as [number];
      return reason || `it exited with code ${code}`;
    } finally {
      stop();
    }
  }

  private forward(report: Report): void {
    const { failures } = this;
    if (report.kind === 'log') {
      const { level, fields, err, message } = report;
      failures.logger[level]({ ...fields, ...(err && { err: toError(err) }) }, message);
    } else if (report.kind === 'failure') {
      const error = toError(report.error);
      this.noteDamage(error);
      failures.reportFailure(report.task, error);
    } else if (report.kind === 'success') failures.reportSuccess(report.task);
  }

  /** A thread that found an engine damaged uses it no longer. No other thread may use it either. */
  private noteDamage(error: Error): void {
    const failure = engineFailure(error);
    if (!failure?.isDamaged || this.damage.has(failure.engine)) return;
    this.damage.set(failure.engine, error);
    this.folding?.postMessage({ kind: 'stop' } satisfies Request);
  }
}
