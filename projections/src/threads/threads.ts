import { once } from 'node:events';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { childController, onAbort, waitFor } from '@rewards/async';
import type { ReadModelVersion } from '@rewards/contracts';
import type { Settings } from '@rewards/service-kit';
import { engineFailure, reasonOf, type Engine, type Failures } from '@rewards/service-kit/failures';
import { PROJECTIONS } from '../read-models';
import { combined, type VerificationReport } from '../verification/verification';
import type { VerificationPart } from '../verification/verification-part';
import type { Background, BackgroundReports } from './background';
import { FoldingThread } from './folding-thread';
import type { Report, Request, ThreadData } from './messages';
import { toError } from './plain-error';

export type ThreadName = 'folding' | 'verification';

/** Starts a thread that runs `<name>.worker`. */
export type StartThread = (name: ThreadName, options: WorkerOptions) => Worker;

/** The compiled threads; specs run from the sources, which Node.js cannot load. */
export const compiledThreads: StartThread | null = __filename.endsWith('.js')
  ? (name, options) => new Worker(`${__dirname}/${name}.worker.js`, options)
  : null;

/** How long a stopping thread may take to finish its batches; a service has ten seconds in all. */
const STOP_MS = 8_000;

/** Memory of one thread, in MiB. Beyond it, only the thread ends, and not the service. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 192 } as const;

const READ_MODELS = PROJECTIONS.map(({ name }) => name);
/**
 * Keeps the read models in one thread and runs each verification in two others, so that neither delays HTTP responses. One thread folds
 * all read models: a second connection that writes the embedded file would make SQLite discard the page cache of the first one at
 * every commit.
 */
export class BackgroundThreads implements Background {
  private readonly damage = new Map<Engine, Error>();
  private readonly stopping = new AbortController();
  /** Aborts when the service stops, or when no thread may use an engine any longer. */
  private readonly foldingStopped = childController(this.stopping.signal);
  private readonly verifying = new Set<Promise<unknown>>();
  private readonly folding: FoldingThread;

  constructor(
    private readonly settings: Settings,
    private readonly failures: Failures,
    reports: BackgroundReports,
    private readonly startThread: StartThread,
    readModels: readonly string[] = READ_MODELS,
  ) {
    const { signal: stopped } = this.foldingStopped;
    this.folding = new FoldingThread({
      failures,
      stopped,
      start: () => this.start('folding', { readModels }),
      untilEnd: (thread, onReport) => this.untilEnd(thread, stopped, onReport),
      onBatch: reports.onBatch,
    });
  }

  requireEngine(engine: Engine): void {
    const error = this.damage.get(engine);
    if (error) throw error;
    if (engine === 'documentStore') this.folding.requireWritable();
  }

  requireFolding(): void {
    this.folding.requireRunning();
  }

  rebuild(name: string): Promise<ReadModelVersion> {
    return this.folding.rebuild(name);
  }

  async verify(signal: AbortSignal): Promise<VerificationReport> {
    const failed = childController(signal);
    const verifyPart = async (part: VerificationPart) => {
      try {
        return await this.runVerification(part, failed.signal);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    };
    const run = Promise.allSettled([verifyPart('accounts'), verifyPart('events')]);
    this.verifying.add(run);
    const [accounts, events] = await run;
    this.verifying.delete(run);
    failed.abort();
    // Both have the same reason, because a part that fails ends the other one.
    if (accounts.status === 'rejected') throw accounts.reason;
    if (events.status === 'rejected') throw events.reason;
    return combined(accounts.value, events.value, READ_MODELS);
  }

  async stop(): Promise<void> {
    this.stopping.abort(new Error('the service stops'));
    await Promise.allSettled([this.folding.ended, ...this.verifying]);
  }

  private async runVerification(part: VerificationPart, signal: AbortSignal): Promise<VerificationReport> {
    let outcome: VerificationReport | Error | null = null;
    const reason = await this.untilEnd(this.start('verification', { parts: [part] }), signal, (report) => {
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

  private start(name: ThreadName, data: Omit<ThreadData, 'settings'>): Worker {
    // No thread uses the networks, which cannot be cloned.
    const workerData: ThreadData = { ...data, settings: { ...this.settings, trustProxy: false } };
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
    this.foldingStopped.abort(error);
  }
}
