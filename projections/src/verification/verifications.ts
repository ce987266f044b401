import { DocumentStoreDamaged, DocumentStoreUnavailable } from '@rewards/document-store';
import { EventStoreDamaged, EventStoreUnavailable } from '@rewards/event-store';
import type { Logger } from '@rewards/service-kit';
import type { VerificationReport } from './verification';

/** Why the last run did not finish. */
export interface VerificationFailure {
  readonly at: string;
  readonly message: string;
}

/** The last finished run, and whether one runs now. */
export interface VerificationState {
  readonly last: VerificationReport | null;
  readonly running: boolean;
  /** Of the last run; null if it finished. */
  readonly failure: VerificationFailure | null;
}

/** Time after the end of a run from which a request starts another one. */
const RERUN_AFTER_MS = 60_000;

/** Runs one verification at a time, shared by all clients: a run continues after the client that started it disconnects. */
export class Verifications {
  private readonly ended = new AbortController();
  private last: VerificationReport | null = null;
  private failure: VerificationFailure | null = null;
  private endedAt = -Infinity;
  private running: Promise<void> | null = null;

  /** @param now milliseconds since 1970 */
  constructor(
    private readonly run: (signal: AbortSignal) => Promise<VerificationReport>,
    private readonly logger: Logger,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Returns the last finished run. Starts a run if none is in progress and the last one ended over a minute ago.
   * @param fresh starts a run however recently the last one ended
   */
  request(fresh = false): VerificationState {
    if (fresh || this.now() - this.endedAt > RERUN_AFTER_MS) this.start();
    return { last: this.last, running: this.running !== null, failure: this.failure };
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.running;
  }

  private start(): void {
    this.running ??= this.runOnce().finally(() => {
      this.running = null;
      this.endedAt = this.now();
    });
  }

  private async runOnce(): Promise<void> {
    try {
      this.last = await this.run(this.ended.signal);
      this.failure = null;
      const { ok, position, checked } = this.last;
      if (ok) this.logger.info({ position, checked }, 'verification: the books are right');
      else
        this.logger.error({ position, checked, findings: this.last.findings.slice(0, 10) }, 'verification: the books are wrong');
    } catch (error) {
      if (this.ended.signal.aborted) return;
      this.failure = { at: new Date(this.now()).toISOString(), message: messageOf(error) };
      this.logger.warn({ err: error }, 'verification: could not finish');
    }
  }
}

const REMEDY = 'GET /health/ready of the projections service names the file and the remedy.';

/** Describes the failure without the engine's message, which may contain files and addresses. */
const messageOf = (error: unknown): string => {
  if (error instanceof EventStoreUnavailable) return 'The event store is unavailable.';
  if (error instanceof DocumentStoreUnavailable) return 'The document store is unavailable.';
  if (error instanceof EventStoreDamaged) return `The event store is damaged: part of the log cannot be read. ${REMEDY}`;
  if (error instanceof DocumentStoreDamaged) return `The document store is damaged: part of it cannot be read. ${REMEDY}`;
  return 'An unexpected error ended the run. The log line "verification: could not finish" has its cause.';
};
