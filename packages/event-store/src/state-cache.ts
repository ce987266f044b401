import { LRUCache } from 'lru-cache';

/** A state, as of the last event that was folded into it. */
export interface Folded<State> {
  readonly state: State;
  readonly revision: number;
  /** Estimated memory of the state, in bytes. */
  readonly bytes: number;
}

interface Entry extends Folded<unknown> {
  /** The aggregate that folded the state, so that no other one gets it. */
  readonly aggregate: unknown;
}

/** Memory of an entry with an empty state, in bytes: the entry, the name of the stream and their places in the cache. */
export const ENTRY_BYTES = 400;
export const DEFAULT_CACHE_BYTES = 96 * 1_048_576;

/**
 * The folded states that were used last, up to a total of estimated bytes. All handlers of a process share one cache, so the
 * bound holds for the process, and busy streams of one kind may displace quiet ones of another.
 */
export class StateCache {
  private readonly entries: LRUCache<string, Entry> | null;

  /** @param maxBytes bound on the estimated size of all states; with 0, nothing is cached */
  constructor(maxBytes = DEFAULT_CACHE_BYTES) {
    this.entries = maxBytes > 0 ? new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ bytes }) => bytes }) : null;
  }

  /** Estimated size of all cached states, in bytes. */
  get bytes(): number {
    return this.entries?.calculatedSize ?? 0;
  }

  get<State>(aggregate: unknown, stream: string): Folded<State> | undefined {
    const entry = this.entries?.get(stream);
    return entry?.aggregate === aggregate ? (entry as Folded<State> | undefined) : undefined;
  }

  set(aggregate: unknown, stream: string, { state, revision, bytes }: Folded<unknown>): void {
    this.entries?.set(stream, { aggregate, state, revision, bytes });
  }
}

/** Memory of an entry of a state's map or list, apart from its data, in bytes. */
const MEMBER_BYTES = 100;

/**
 * Estimates the memory that a state needs for an event that was folded into it, in bytes: as if it kept all of its data. A state
 * grows with its events, so this needs no walk through the whole state after each event.
 */
export const bytesOfEvent = (data: unknown): number => MEMBER_BYTES + bytesOf(data);

/** Memory of a JSON value in V8: a header of 16 to 24 bytes, 8 bytes for each member, and one byte for each character of most texts. */
const bytesOf = (value: unknown): number => {
  if (typeof value === 'string') return 16 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 24;
  for (const key in value) bytes += 8 + bytesOf((value as Record<string, unknown>)[key]);
  return bytes;
};
