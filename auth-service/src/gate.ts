/** No more may wait. */
export class GateFull extends Error {
  override readonly name = 'GateFull';
}

/** Lets a few tasks run at once and a bounded number wait, first come, first served. */
export class Gate {
  private running = 0;
  private readonly queue: (() => void)[] = [];

  constructor(
    private readonly concurrency: number,
    private readonly maxWaiting: number,
  ) {}

  get waiting(): number {
    return this.queue.length;
  }

  get isIdle(): boolean {
    return this.running === 0;
  }

  /** @throws GateFull, or what the task throws */
  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await task();
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.running < this.concurrency) {
      this.running += 1;
      return;
    }
    if (this.queue.length >= this.maxWaiting) throw new GateFull();
    await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  /** Hands the place on, so that nobody overtakes who waits. */
  private leave(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.running -= 1;
  }
}

/** One task at a time per key, those of different keys side by side. */
export class Turns {
  private readonly gates = new Map<string, Gate>();

  /** @param maxWaiting per key */
  constructor(private readonly maxWaiting: number) {}

  /** @throws GateFull, or what the task throws */
  async run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const gate = this.gates.get(key) ?? new Gate(1, this.maxWaiting);
    this.gates.set(key, gate);
    try {
      return await gate.run(task);
    } finally {
      if (gate.isIdle) this.gates.delete(key);
    }
  }
}
