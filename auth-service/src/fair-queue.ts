import { deadline } from '@rewards/async';
import { Rejected } from '@rewards/contracts';

/** The queue has reached its limit, or a task has waited too long in it. */
export class QueueFull extends Rejected<'SENDER_QUEUE_FULL' | 'QUEUE_FULL'> {
  override readonly name = 'QueueFull';
  /** @param isCausedBySender whether this sender's own tasks filled the queue, rather than those of other senders */
  constructor(readonly isCausedBySender: boolean) {
    super(isCausedBySender ? 'SENDER_QUEUE_FULL' : 'QUEUE_FULL');
  }
}

interface Waiter {
  readonly admit: () => void;
  readonly reject: (error: QueueFull) => void;
}

/**
 * Runs a limited number of tasks at once and queues a limited number. Senders take turns, one task each, so that the backlog of
 * one delays another by a single task. If the queue is full, the newest task of the longest backlog is rejected.
 */
export class FairQueue {
  private running = 0;
  private waitingCount = 0;
  /** Waiting tasks by sender. The sender whose turn is next is the first. */
  private readonly backlogs = new Map<string, Waiter[]>();

  /** @param maxWaitMs a task that waits longer is rejected, because its client is about to time out; null for no limit */
  constructor(
    private readonly concurrency: number,
    private readonly maxWaiting: number,
    private readonly maxWaitMs: number | null = null,
  ) {}

  get waiting(): number {
    return this.waitingCount;
  }

  get isIdle(): boolean {
    return this.running === 0;
  }

  /** @throws QueueFull, or the error of the task */
  async run<T>(sender: string, task: () => Promise<T>): Promise<T> {
    await this.enter(sender);
    try {
      return await task();
    } finally {
      this.leave();
    }
  }

  private async enter(sender: string): Promise<void> {
    if (this.running < this.concurrency) {
      this.running += 1;
      return;
    }
    if (this.waitingCount >= this.maxWaiting) this.makeRoomFor(sender);
    this.waitingCount += 1;
    const backlog = this.backlogs.get(sender) ?? [];
    this.backlogs.set(sender, backlog);
    const isBehindItself = backlog.length > 0;
    let waiter: Waiter;
    const admitted = new Promise<void>((admit, reject) => backlog.push((waiter = { admit, reject })));
    const timeOut = (): QueueFull => {
      backlog.splice(backlog.indexOf(waiter), 1);
      if (backlog.length === 0) this.backlogs.delete(sender);
      this.waitingCount -= 1;
      return new QueueFull(isBehindItself);
    };
    await (this.maxWaitMs === null ? admitted : deadline(admitted, this.maxWaitMs, timeOut));
  }

  private makeRoomFor(sender: string): void {
    const own = this.backlogs.get(sender)?.length ?? 0;
    const longest = [...this.backlogs.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
    if (longest.length <= own + 1) throw new QueueFull(own > 0);
    longest.pop()?.reject(new QueueFull(true));
    this.waitingCount -= 1;
  }

  /** Passes the slot to the next sender, so that a new task cannot overtake waiting ones. */
  private leave(): void {
    const [next] = this.backlogs;
    if (!next) {
      this.running -= 1;
      return;
    }
    const [sender, backlog] = next;
    const waiter = backlog.shift();
    this.backlogs.delete(sender);
    if (backlog.length > 0) this.backlogs.set(sender, backlog);
    this.waitingCount -= 1;
    waiter?.admit();
  }
}

/** Runs one task at a time for each key. Tasks of different keys run concurrently. */
export class FairKeyedQueue {
  private readonly queues = new Map<string, FairQueue>();

  /** @param maxWaiting per key */
  constructor(private readonly maxWaiting: number) {}

  /** @throws QueueFull, or the error of the task */
  async run<T>(key: string, sender: string, task: () => Promise<T>): Promise<T> {
    const queue = this.queues.get(key) ?? new FairQueue(1, this.maxWaiting);
    this.queues.set(key, queue);
    try {
      return await queue.run(sender, task);
    } finally {
      if (queue.isIdle) this.queues.delete(key);
    }
  }
}
