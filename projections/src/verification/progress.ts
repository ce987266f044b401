/** Reports the progress of a long command: each new step immediately, then the amount done at intervals. */
export class ProgressReporter {
  private step = '';
  private startedAt = 0;
  private reportedAt = 0;

  /** @param everyMs minimum time between two lines of one step */
  constructor(
    private readonly print: (line: string) => void,
    private readonly everyMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param done amount of the step that is done, in the unit */
  report(step: string, done: number, unit: string): void {
    const now = this.now();
    if (step !== this.step) {
      this.step = step;
      this.startedAt = this.reportedAt = now;
      return this.print(`${step} …`);
    }
    if (now - this.reportedAt < this.everyMs) return;
    this.reportedAt = now;
    const perSecond = Math.round(done / ((now - this.startedAt) / 1_000));
    this.print(`${step}: ${done.toLocaleString('en')} ${unit}, ${perSecond.toLocaleString('en')} per second`);
  }
}
