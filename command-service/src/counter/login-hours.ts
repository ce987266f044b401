import type { Checkpoint } from '@rewards/contracts';
import type { Lists, Row } from '../saved-state';

/** `yyyy-mm-ddThh`: times compare as text, and so do their hours. */
type Hour = string;
const hourOf = (at: string): Hour => at.slice(0, 13);

const HOURS = 'loginHours';
const UNREADABLE = 'unreadableLogins';

/**
 * For each hour, a checkpoint before the first login in the log whose own time is in this hour or later. So every login of an
 * hour and of all later hours comes after the hour's checkpoint, however late it was recorded, and whatever the clocks were. A
 * login ahead of the others only makes the checkpoints of the hours up to its own earlier than necessary.
 */
export class LoginHours {
  /** Hours and positions both increase: an entry that another one makes useless is removed. */
  private entries: (readonly [hour: Hour, before: Checkpoint])[] = [];
  /** Checkpoints before logins whose time is unknown, by stream. */
  private readonly unreadable = new Map<string, Checkpoint>();

  /** Adds a login. @param at its own time @param before a checkpoint before it */
  add(at: string, before: Checkpoint): void {
    const hour = hourOf(at);
    const last = this.entries.at(-1);
    if (last && last[0] >= hour && last[1].position <= before.position) return;
    const isNeeded = !this.entries.some(([later, earlier]) => later >= hour && earlier.position <= before.position);
    if (!isNeeded) return;
    const kept = this.entries.filter(([other, { position }]) => other > hour || position < before.position);
    const index = kept.findIndex(([other]) => other > hour);
    kept.splice(index === -1 ? kept.length : index, 0, [hour, before]);
    this.entries = kept;
  }

  /** Adds a login whose time cannot be read. Until it can, it may be of any hour. */
  addUnreadable(stream: string, before: Checkpoint): void {
    if (!this.unreadable.has(stream)) this.unreadable.set(stream, before);
  }

  /** Called once all logins of a stream have been added. */
  streamReadable(stream: string): void {
    this.unreadable.delete(stream);
  }

  /** Returns a checkpoint before every login of this time or later; null if there is none in the part of the log read so far. */
  before(at: string): Checkpoint | null {
    const hour = hourOf(at);
    const entry = this.entries[this.firstFrom(hour)];
    return [...this.unreadable.values()].reduce<Checkpoint | null>(
      (earliest, each) => (earliest === null || each.position < earliest.position ? each : earliest),
      entry?.[1] ?? null,
    );
  }

  clear(): void {
    this.entries = [];
    this.unreadable.clear();
  }

  /** Returns the rows of a saved state. */
  lists(): Lists {
    return { [HOURS]: this.entries, [UNREADABLE]: [...this.unreadable] };
  }

  restore(lists: Lists): void {
    const checkpoints = (rows: readonly Row[] = []) => rows.map(([key, value]) => [key, value as Checkpoint] as const);
    this.entries = checkpoints(lists[HOURS]);
    for (const [stream, before] of checkpoints(lists[UNREADABLE])) this.unreadable.set(stream, before);
  }

  /** Returns the index of the first entry of this hour or later. */
  private firstFrom(hour: Hour): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.entries[middle]?.[0] ?? '') < hour) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
