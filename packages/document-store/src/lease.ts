import { randomUUID } from 'node:crypto';
import { backoff, childController, hasEnded, sleep, thisProcess, waitFor, type ProcessIdentity } from '@rewards/async';
import { DocumentStoreDamaged, type Collection, type CollectionSpec, type Stored } from './document-store';

/** Who has a lease. Its version is its heartbeat. */
export interface LeaseDocument {
  /** Made anew by each Lease object. */
  readonly holder: string;
  readonly process: ProcessIdentity;
  readonly released: boolean;
}

/** The collection that the leases of a database are in, each under its name. */
export const LEASES: CollectionSpec<LeaseDocument> = { name: 'leases', indexes: [] };

/** Monotonic time in milliseconds. */
export interface Clock {
  now(): number;
  /** Ends early, without an error, when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface LeaseOptions {
  readonly name: string;
  /** How long a holder may be silent before another takes over. The same for all contenders. */
  readonly ttlMs?: number;
  readonly renewMs?: number;
  /** How often a contender looks. */
  readonly pollMs?: number;
  /** Told of what went wrong and is being tried again. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
}

interface Held {
  readonly version: number;
  /** Before the write that got or renewed it: others count from later. */
  readonly since: number;
}

const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, { signal }),
};

const MAX_BACKOFF_MS = 5_000;

/**
 * Lets one of many be active at a time: a document replaced at its version. A contender takes over when it has seen the same
 * version for `ttlMs` by its own clock, so clocks of different machines are never compared.
 *
 * It is economy, never what correctness rests on: a holder that slept goes on for a moment beside its successor.
 */
export class Lease {
  private readonly mine: LeaseDocument = { holder: randomUUID(), process: thisProcess, released: false };
  private readonly ttlMs: number;
  private readonly renewMs: number;
  private readonly pollMs: number;
  private readonly clock: Clock;
  private readonly onError: (error: unknown) => void;

  constructor(
    private readonly leases: Collection<LeaseDocument>,
    private readonly options: LeaseOptions,
  ) {
    this.ttlMs = options.ttlMs ?? 5_000;
    this.renewMs = options.renewMs ?? 1_500;
    this.pollMs = options.pollMs ?? 500;
    this.clock = options.clock ?? systemClock;
    this.onError = options.onError ?? (() => undefined);
  }

  /**
   * Waits for the lease, works while it has it, and waits again when it was lost, until the signal aborts or the work ends.
   * @param work ends soon after its signal aborts: the lease is lost then, or the outer signal has aborted
   * @throws what `work` threw while it had the lease, what it throws afterwards goes to `onError`; DocumentStoreDamaged
   */
  async hold(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let held = await this.acquire(signal); held; held = await this.acquire(signal)) {
      const working = childController(signal);
      const ended = new AbortController();
      const keeping = this.keep(held, ended.signal, () => working.abort());
      try {
        await work(working.signal);
        if (!working.signal.aborted) return;
      } catch (error) {
        if (!working.signal.aborted) throw error;
        this.onError(error);
      } finally {
        working.abort();
        ended.abort();
        await this.release(await keeping);
      }
    }
  }

  /** @returns null when the signal aborted first */
  private async acquire(signal: AbortSignal): Promise<Held | null> {
    let seen = { version: 0, at: 0 };
    const errorPauseMs = backoff({ firstMs: this.pollMs * 2, maxMs: MAX_BACKOFF_MS, jitter: 'none' });
    let failures = 0;
    while (!signal.aborted) {
      try {
        const since = this.clock.now();
        const stored = await this.leases.get(this.options.name);
        const now = this.clock.now();
        const version = stored?.version ?? 0;
        if (seen.version !== version) seen = { version, at: now };
        const isSilent = now - seen.at >= this.ttlMs;
        if ((isFree(stored, this.mine) || isSilent) && (await this.take(stored))) return { version: version + 1, since };
        failures = 0;
      } catch (error) {
        if (error instanceof DocumentStoreDamaged) throw error;
        this.onError(error);
        failures += 1;
      }
      await this.clock.sleep(failures === 0 ? this.pollMs : errorPauseMs(failures), signal);
    }
    return null;
  }

  private async take(stored: Stored<LeaseDocument> | null): Promise<boolean> {
    const { name } = this.options;
    return stored ? this.leases.replace(name, stored.version, this.mine) : this.leases.insert(name, this.mine);
  }

  /** Renews until the work has ended. @returns the version to release at, null when the lease was lost */
  private async keep(held: Held, ended: AbortSignal, lose: () => void): Promise<number | null> {
    let { version, since } = held;
    for (;;) {
      await this.clock.sleep(this.renewMs, ended);
      if (ended.aborted) return version;
      const started = this.clock.now();
      const renewed = await this.within(since + this.ttlMs - started, this.write(version, this.mine));
      if (typeof renewed === 'number') {
        version = renewed;
        since = started;
      } else if (renewed === 'taken' || this.clock.now() - since >= this.ttlMs) {
        lose();
        return null;
      }
    }
  }

  private async release(version: number | null): Promise<void> {
    if (version !== null) await this.within(this.ttlMs, this.write(version, { ...this.mine, released: true }));
  }

  /** @returns the document's new version, or `taken` when it is another holder's */
  private async write(version: number, document: LeaseDocument): Promise<number | 'taken'> {
    if (await this.leases.replace(this.options.name, version, document)) return version + 1;
    // A write of ours whose outcome was unknown may have raised the version.
    const stored = await this.leases.get(this.options.name);
    if (stored?.document.holder !== this.mine.holder) return 'taken';
    return (await this.leases.replace(this.options.name, stored.version, document)) ? stored.version + 1 : 'taken';
  }

  /** What the writing came to, or `unknown` after an error or when it takes longer. */
  private async within<T>(ms: number, writing: Promise<T>): Promise<T | 'unknown'> {
    const outcome = writing.catch((error: unknown) => {
      this.onError(error);
      return 'unknown' as const;
    });
    const ended = new AbortController();
    const late = new AbortController();
    void this.clock.sleep(Math.max(ms, 0), ended.signal).then(() => late.abort());
    try {
      return (await waitFor(outcome, { signal: late.signal })) ?? 'unknown';
    } finally {
      ended.abort();
    }
  }
}

/** Whether it can be taken without waiting: a holder that ended without a word is noticed at once on its own machine. */
const isFree = (stored: Stored<LeaseDocument> | null, mine: LeaseDocument): boolean =>
  stored === null || stored.document.released || stored.document.holder === mine.holder || hasEnded(stored.document.process);
