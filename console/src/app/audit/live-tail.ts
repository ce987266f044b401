import type { Fact } from '../event/changes';
import { createSseParser, type Frame } from './sse';

/** Opens the stream after a place. @throws an error with `isTemporary` if the server refuses it */
export type OpenStream = (
  after: string,
  isResumed: boolean,
  signal: AbortSignal,
) => Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;

export type TailState =
  | { readonly kind: 'connecting' }
  /** Reads what was recorded before. */
  | { readonly kind: 'replaying' }
  /** Everything recorded so far is shown. */
  | { readonly kind: 'caught-up' }
  | { readonly kind: 'paused' }
  /** Waits before it connects again. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface Tail {
  readonly state: TailState;
  /** Newest first. */
  readonly facts: readonly Fact[];
  /** Domain events received in all. */
  readonly received: number;
  /** Domain events for each second, over the last seconds. */
  readonly rate: number;
  /** The stream continues after this position. */
  readonly position: string;
}

/** Rows that are kept. */
export const KEPT = 5_000;
/** A burst is shown at this pace. */
const SHOW_MS = 200;
const RATE_SECONDS = 5;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

interface Options {
  /** Position after which the stream begins. */
  readonly after: string;
  readonly open: OpenStream;
  /** Waits before the next attempt; ends early if the signal aborts. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now?: () => number;
  /** Delays the notification of readers. */
  readonly schedule?: (run: () => void) => void;
}

/** Ends early if the signal aborts. */
const waitFor = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/**
 * Follows the audit stream. It resumes after the last position that it received, so a pause, an expired token or a broken
 * connection neither loses nor repeats a domain event.
 */
export class LiveTail {
  private facts: Fact[] = [];
  private received = 0;
  private arrivals: { readonly second: number; count: number }[] = [];
  private position: string;
  private state: TailState = { kind: 'connecting' };
  private running: AbortController | null = null;
  private shown: Tail;
  private isScheduled = false;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly options: Options) {
    this.position = options.after;
    this.shown = this.snapshot();
  }

  /** For `useSyncExternalStore`. */
  readonly current = (): Tail => this.shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Starts, or resumes after a pause. */
  start(): void {
    if (this.running) return;
    this.running = new AbortController();
    void this.run(this.running.signal);
  }

  pause(): void {
    this.stop();
    this.become({ kind: 'paused' });
  }

  /** Closes the stream. */
  stop(): void {
    this.running?.abort();
    this.running = null;
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { wait = waitFor } = this.options;
    let failures = 0;
    while (!signal.aborted) {
      this.become({ kind: 'connecting' });
      const before = this.position;
      try {
        await this.follow(signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!isTemporary(error)) return this.fail(error);
        failures = this.position === before ? failures + 1 : 1;
        this.become({ kind: 'waiting' });
        await wait(waitAfter(failures, error), signal);
        continue;
      }
      // The stream ended because the token expired or the service restarts.
      failures = this.position === before ? failures + 1 : 0;
      if (failures > 0 && !signal.aborted) await wait(waitAfter(failures, null), signal);
    }
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const stream = await this.options.open(this.position, this.received > 0 || this.position !== this.options.after, signal);
    this.become({ kind: 'replaying' });
    const next = createSseParser();
    const decoder = new TextDecoder();
    const reader = stream.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        // A piece that arrives after a pause is read again when the stream resumes.
        if (done || signal.aborted) return;
        for (const frame of next(decoder.decode(value, { stream: true }))) this.take(frame);
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
  }

  private take({ type, data, id }: Frame): void {
    if (type === 'message' && data !== null) this.add(JSON.parse(data) as Fact);
    if (type === 'caught-up') this.state = { kind: 'caught-up' };
    if (id !== null) this.position = id;
    this.show();
  }

  private add(fact: Fact): void {
    this.facts.push(fact);
    // Cut in large pieces, because each cut copies the rest.
    if (this.facts.length > 2 * KEPT) this.facts = this.facts.slice(-KEPT);
    this.received += 1;
    const second = Math.floor(this.now() / 1_000);
    const last = this.arrivals.at(-1);
    if (last?.second === second) last.count += 1;
    else this.arrivals = [...this.arrivals.filter((each) => each.second > second - RATE_SECONDS), { second, count: 1 }];
  }

  private fail(error: unknown): void {
    this.running = null;
    this.become({ kind: 'failed', error });
  }

  private become(state: TailState): void {
    this.state = state;
    this.show();
  }

  private show(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    const { schedule = (run) => void setTimeout(run, SHOW_MS) } = this.options;
    schedule(() => {
      this.isScheduled = false;
      this.shown = this.snapshot();
      for (const listener of [...this.listeners]) listener();
    });
  }

  private snapshot(): Tail {
    const facts = this.facts.slice(-KEPT).reverse();
    return { state: this.state, facts, received: this.received, rate: this.rate(), position: this.position };
  }

  private rate(): number {
    const second = Math.floor(this.now() / 1_000);
    const recent = this.arrivals.filter((each) => each.second > second - RATE_SECONDS);
    return recent.reduce((sum, { count }) => sum + count, 0) / RATE_SECONDS;
  }

  /** Updates the rate while nothing arrives. */
  readonly refresh = (): void => this.show();

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}

interface Refusal {
  readonly isTemporary?: unknown;
  readonly retryAfterMs?: unknown;
}

/** A broken connection is temporary; of the refusals, the server says which are. */
const isTemporary = (error: unknown): boolean => (error as Refusal).isTemporary !== false;

const waitAfter = (failures: number, error: unknown): number => {
  const wanted = (error as Refusal | null)?.retryAfterMs;
  return typeof wanted === 'number' ? wanted : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
};
