/** An event as a client proposes it. */
export interface ProposedEvent {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface LoggedEvent extends ProposedEvent {
  readonly stream: string;
  readonly revision: bigint;
  /** Both commit and prepare position, which are equal except in explicit transactions. */
  readonly position: bigint;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

export type Expected = bigint | 'any' | 'no_stream' | 'stream_exists';

export type Outcome =
  | { readonly kind: 'written'; readonly revision: bigint; readonly position: bigint | null }
  /** `current` is null for a stream that does not exist. */
  | { readonly kind: 'conflict'; readonly current: bigint | null }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'too-large' };

export const MAX_APPEND_BYTES = 1_048_576;

interface Stream {
  readonly events: LoggedEvent[];
  /** Revision below which events are hidden, after a soft delete. */
  truncatedBefore: bigint;
  isTombstoned: boolean;
}

/** The log of EventStoreDB 23.10, in memory. */
export class DoubleLog {
  readonly all: LoggedEvent[] = [];
  private readonly streams = new Map<string, Stream>();
  private readonly watchers = new Set<() => void>();
  private nextPosition = 0n;

  constructor() {
    this.appendSystemEvent();
  }

  append(stream: string, expected: Expected, events: readonly ProposedEvent[]): Outcome {
    const found = this.streams.get(stream);
    if (found?.isTombstoned) return { kind: 'deleted' };
    const size = events.reduce((sum, { data, metadata, type }) => sum + data.length + metadata.length + 2 * type.length, 0);
    if (size > MAX_APPEND_BYTES) return { kind: 'too-large' };

    const last = found?.events.at(-1)?.revision ?? -1n;
    const exists = found !== undefined && last >= found.truncatedBefore;
    const expectedRevision = expected === 'no_stream' ? -1n : expected;
    const conflict: Outcome = { kind: 'conflict', current: exists ? last : null };

    if (expectedRevision === 'stream_exists' && !exists) return conflict;
    if (expectedRevision === 'any' || expectedRevision === 'stream_exists') {
      const earlier = events.map(({ id }) => found?.events.find((event) => event.id === id));
      const repeated = earlier.filter((event) => event !== undefined);
      if (repeated.length > 0) return repeated.length === events.length ? written(repeated.at(-1)) : conflict;
    } else if (expectedRevision !== last && (exists || expectedRevision !== -1n)) {
      const earlier = events.map((_, index) => found?.events[Number(expectedRevision) + 1 + index]);
      const isRepeated = events.length > 0 && events.every(({ id }, index) => earlier[index]?.id === id);
      return expectedRevision < last && isRepeated ? written(earlier.at(-1)) : conflict;
    }
    return events.length === 0
      ? { kind: 'written', revision: last < 0n ? 0n : last, position: null }
      : this.write(stream, events);
  }

  /** Appends an internal event of the server. */
  appendSystemEvent(stream = '$stats-127.0.0.1:2113', type = '$statsCollected'): LoggedEvent {
    const json = new TextEncoder().encode('{}');
    this.write(stream, [{ id: crypto.randomUUID(), type, contentType: 'application/json', data: json, metadata: json }]);
    return this.all.at(-1) as LoggedEvent;
  }

  /** @returns null if the stream does not exist, `deleted` if it was tombstoned */
  read(stream: string): readonly LoggedEvent[] | 'deleted' | null {
    const found = this.streams.get(stream);
    if (found?.isTombstoned) return 'deleted';
    const events = found?.events.filter(({ revision }) => revision >= found.truncatedBefore) ?? [];
    return events.length > 0 ? events : null;
  }

  softDelete(stream: string): void {
    const found = this.streams.get(stream);
    if (!found) return;
    found.truncatedBefore = BigInt(found.events.length);
    this.appendSystemEvent(`$$${stream}`, '$metadata');
  }

  tombstone(stream: string): void {
    this.appendSystemEvent(stream, '$streamDeleted');
    this.of(stream).isTombstoned = true;
  }

  /** Whether an event begins at exactly this place. The server rejects any other place. */
  has(commit: bigint, prepare: bigint): boolean {
    return commit === prepare && this.all[this.indexAfter(commit) - 1]?.position === commit;
  }

  /** Position directly after the event at an index, as in the checkpoints of the server. */
  placeAfter(index: number): bigint {
    return this.all[index + 1]?.position ?? this.nextPosition;
  }

  /** @returns index of the first event after a position */
  indexAfter(position: bigint): number {
    let [low, high] = [0, this.all.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.all[middle] as LoggedEvent).position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Calls back once, when the log grows. @returns a function that removes the callback */
  onGrowth(callback: () => void): () => void {
    this.watchers.add(callback);
    return () => this.watchers.delete(callback);
  }

  private write(name: string, proposed: readonly ProposedEvent[]): Outcome {
    const stream = this.of(name);
    for (const event of proposed) {
      const revision = BigInt(stream.events.length);
      const logged = { ...event, stream: name, revision, position: this.nextPosition, created: Date.now() };
      this.nextPosition += BigInt(150 + event.data.length + event.metadata.length);
      stream.events.push(logged);
      this.all.push(logged);
    }
    const waiting = [...this.watchers];
    this.watchers.clear();
    for (const wake of waiting) wake();
    return written(stream.events.at(-1));
  }

  private of(name: string): Stream {
    const found = this.streams.get(name) ?? { events: [], truncatedBefore: 0n, isTombstoned: false };
    this.streams.set(name, found);
    return found;
  }
}

const written = (last: LoggedEvent | undefined): Outcome => ({
  kind: 'written',
  revision: last?.revision ?? 0n,
  position: last?.position ?? null,
});
