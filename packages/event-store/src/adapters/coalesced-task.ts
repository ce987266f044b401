/**
 * Shares runs of a task among many callers. A caller gets the result of a run that begins after its call, so the result is never
 * older than the call. At most one run is in flight.
 */
export class CoalescedTask<T> {
  private running: Promise<T> | null = null;
  private next: Promise<T> | null = null;

  constructor(private readonly task: () => Promise<T>) {}

  /** @throws the error of the task */
  run(): Promise<T> {
    if (!this.running) return this.begin();
    return (this.next ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.next = null;
        return this.begin();
      }));
  }

  private begin(): Promise<T> {
    const running = this.task().finally(() => {
      if (this.running === running && !this.next) this.running = null;
    });
    return (this.running = running);
  }
}
