import type { Outages } from '../outages';
import { keyOf, type Group, type Progress, type TopicPartition } from './embedded-group';

const COMMIT_AFTER_MS = 50;
const COMMIT_AFTER_MESSAGES = 100;

/** Commits handled offsets in batches: a commit costs an fsync, and a redelivery after a crash costs little. */
export class OffsetCommitter {
  private readonly pending = new Map<string, Progress>();
  private count = 0;
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(
    private readonly group: Group,
    private readonly outages: Outages,
  ) {}

  handled(progress: Progress): void {
    if (this.isClosed) return;
    this.pending.set(keyOf(progress), progress);
    this.count += 1;
    if (this.count >= COMMIT_AFTER_MESSAGES) void this.flush();
    else this.schedule();
  }

  /**
   * Removes the committed and the pending progress of a partition.
   * @throws MessageBusUnavailable
   */
  async forget(partition: TopicPartition): Promise<void> {
    await this.writing;
    this.pending.delete(keyOf(partition));
    await this.group.forget(partition);
  }

  /** @returns when all progress so far is committed, or the failure is reported */
  flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.count = 0;
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  /** Commits the pending progress and ignores any later one. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.flush();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => void this.flush(), COMMIT_AFTER_MS);
  }

  private async write(): Promise<void> {
    const batch = [...this.pending.values()];
    this.pending.clear();
    if (batch.length === 0) return;
    try {
      await this.group.commit(batch);
      this.outages.succeeded('commit');
    } catch (error) {
      this.outages.failed('commit', error);
      for (const progress of batch) if (!this.pending.has(keyOf(progress))) this.pending.set(keyOf(progress), progress);
      if (!this.isClosed) this.schedule();
    }
  }
}
