/** Reports how far a long command is: each new step at once, then how much of it is done every few seconds. */
export class Progress {
  private step = '';
  private startedAt = 0;
  private reportedAt = 0;

  /** @param everyMs time between two lines of one step */
  constructor(
    private readonly say: (line: string) => void,
    private readonly everyMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param done how much of the step is done, in the unit */
  report(step: string, done: number, unit: string): void {
    const now = this.now();
    if (step !== this.step) {
      this.step = step;
      this.startedAt = this.reportedAt = now;
      return this.say(`${step} …`);
    }
    if (now - this.reportedAt < this.everyMs) return;
    this.reportedAt = now;
    const perSecond = Math.round(done / ((now - this.startedAt) / 1_000));
    this.say(`${step}: ${done.toLocaleString('en')} ${unit}, ${perSecond.toLocaleString('en')} per second`);
  }
}
