import { randomUUID } from 'node:crypto';
import { backoff, childController, hasEnded, sleep, thisProcess, waitFor, type ProcessIdentity } from '@rewards/async';
import { DocumentStoreDamaged, type Collection, type CollectionSpec, type Stored } from './document-store';

/** The holder of a lease. The document's version is the heartbeat. */
export interface LeaseDocument {
  /** Random id of the `Lease` object. */
  readonly holder: string;
  readonly process: ProcessIdentity;
  readonly released: boolean;
}

/** The collection of a database's leases, each under its name. */
export const LEASES: CollectionSpec<LeaseDocument> = { name: 'leases', indexes: [] };

/** Monotonic time in milliseconds. */
export interface Clock {
  now(): number;
  /** Resolves early when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface LeaseOptions {
  readonly name: string;
  /** How long a lease is valid without a renewal. Must be the same for all contenders. */
  readonly ttlMs?: number;
  readonly renewMs?: number;
  /** How often a contender checks the lease. */
  readonly pollMs?: number;
  /** Called with each error that the lease retries. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
}

interface AcquiredLease {
  readonly version: number;
  /** Time just before the write that acquired or renewed the lease. Contenders measure from a later time. */
  readonly since: number;
}

const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, { signal }),
};

const MAX_BACKOFF_MS = 5_000;

/**
 * Lets one of many contenders be active at a time. The holder renews the lease by replacing its document at the current
 * version. A contender takes over when the version has not changed for `ttlMs` by its own clock, so clocks of different
 * machines are never compared.
 *
 * A lease saves work; correctness must not depend on it. After a process pause, the old holder can overlap with its successor.
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
   * Acquires the lease and runs `work` while holding it. Acquires it again after losing it, until the signal aborts or the work
   * ends.
   * @param work must end soon after its signal aborts, which happens when the lease is lost or the outer signal aborts
   * @throws the error of `work` if it fails while the lease is held (a later error goes to `onError`), DocumentStoreDamaged
   */
  async hold(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let lease = await this.acquire(signal); lease; lease = await this.acquire(signal)) {
      const working = childController(signal);
      const ended = new AbortController();
      const renewing = this.keepRenewed(lease, ended.signal, () => working.abort());
      try {
        await work(working.signal);
        if (!working.signal.aborted) return;
      } catch (error) {
        if (!working.signal.aborted) throw error;
        this.onError(error);
      } finally {
        working.abort();
        ended.abort();
        await this.release(await renewing);
      }
    }
  }

  /** @returns null if the signal aborts first */
  private async acquire(signal: AbortSignal): Promise<AcquiredLease | null> {
    let observed = { version: 0, at: 0 };
    const errorPauseMs = backoff({ firstMs: this.pollMs * 2, maxMs: MAX_BACKOFF_MS, jitter: 'none' });
    let failures = 0;
    while (!signal.aborted) {
      try {
        const since = this.clock.now();
        const stored = await this.leases.get(this.options.name);
        const now = this.clock.now();
        const version = stored?.version ?? 0;
        if (observed.version !== version) observed = { version, at: now };
        const isExpired = now - observed.at >= this.ttlMs;
        if ((isFree(stored, this.mine) || isExpired) && (await this.tryAcquire(stored))) return { version: version + 1, since };
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

  private async tryAcquire(stored: Stored<LeaseDocument> | null): Promise<boolean> {
    const { name } = this.options;
    return stored ? this.leases.replace(name, stored.version, this.mine) : this.leases.insert(name, this.mine);
  }

  /** Renews the lease until the work has ended. @returns the version to release it at, or null if the lease was lost */
  private async keepRenewed(lease: AcquiredLease, ended: AbortSignal, onLost: () => void): Promise<number | null> {
    let { version, since } = lease;
    for (;;) {
      await this.clock.sleep(this.renewMs, ended);
      if (ended.aborted) return version;
      const started = this.clock.now();
      const renewed = await this.within(since + this.ttlMs - started, this.write(version, this.mine));
      if (typeof renewed === 'number') {
        version = renewed;
        since = started;
      } else if (renewed === 'lost' || this.clock.now() - since >= this.ttlMs) {
        onLost();
        return null;
      }
    }
  }

  private async release(version: number | null): Promise<void> {
    if (version !== null) await this.within(this.ttlMs, this.write(version, { ...this.mine, released: true }));
  }

  /** @returns the document's new version, or `lost` if another holder has the lease */
  private async write(version: number, document: LeaseDocument): Promise<number | 'lost'> {
    if (await this.leases.replace(this.options.name, version, document)) return version + 1;
    // An earlier write with an unknown outcome may have incremented the version.
    const stored = await this.leases.get(this.options.name);
    if (stored?.document.holder !== this.mine.holder) return 'lost';
    return (await this.leases.replace(this.options.name, stored.version, document)) ? stored.version + 1 : 'lost';
  }

  /** @returns the outcome of the write, or `unknown` if it fails or takes longer */
  private async within<T>(ms: number, write: Promise<T>): Promise<T | 'unknown'> {
    const outcome = write.catch((error: unknown) => {
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

/** Whether the lease can be acquired without waiting. On the same machine, a holder whose process has ended is detected at once. */
const isFree = (stored: Stored<LeaseDocument> | null, mine: LeaseDocument): boolean =>
  stored === null || stored.document.released || stored.document.holder === mine.holder || hasEnded(stored.document.process);
