import type { Logger } from '@rewards/service-kit';
import { isDamaged } from '@rewards/service-kit/failures';
import type { VerificationReport } from './verification';

/** The last finished run, and whether one runs now. */
export interface VerificationAnswer {
  readonly last: VerificationReport | null;
  readonly running: boolean;
}

/** Runs one verification at a time, however many ask. */
export class Verifications {
  private readonly ended = new AbortController();
  private last: VerificationReport | null = null;
  private running: Promise<void> | null = null;
  /** Why no run can finish, until the engines are repaired and the service is started again. */
  private damage: unknown = null;

  constructor(
    private readonly run: (signal: AbortSignal) => Promise<VerificationReport>,
    private readonly logger: Logger,
  ) {}

  /** Answers the last finished run, and starts one if none runs. @throws what a run met that no retry repairs */
  ask(): VerificationAnswer {
    if (this.damage) throw this.damage;
    this.running ??= this.runOnce().finally(() => (this.running = null));
    return { last: this.last, running: true };
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.running;
  }

  private async runOnce(): Promise<void> {
    try {
      this.last = await this.run(this.ended.signal);
      const { ok, position, checked } = this.last;
      if (ok) this.logger.info({ position, checked }, 'verification: the books are right');
      else
        this.logger.error({ position, checked, findings: this.last.findings.slice(0, 10) }, 'verification: the books are wrong');
    } catch (error) {
      if (isDamaged(error)) this.damage = error;
      if (!this.ended.signal.aborted) this.logger.warn({ err: error }, 'verification: could not finish');
    }
  }
}
