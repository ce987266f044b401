import { backoff } from '@rewards/async';

/** Consecutive failures, each of another delivery than the one before, that open the circuit. */
const FAILURES = 5;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

const pauseMs = backoff({ firstMs: FIRST_PAUSE_MS, maxMs: MAX_PAUSE_MS, jitter: 'none' });

/**
 * The circuit breaker of one endpoint. It opens when the receiver does not respond as a working one does, several times in a row.
 * While it is open, single probes are sent, with growing pauses between them.
 */
export class Circuit {
  private failures = 0;
  /** A single delivery that a working receiver cannot handle must not open the circuit, because it would then never be parked. */
  private lastFailed: string | null = null;
  private opened: { probes: number; nextProbeAt: number; error: string } | null = null;
  private isProbing = false;

  /** Why it is open: the last failure. Null while it is closed. */
  get openedBy(): string | null {
    return this.opened?.error ?? null;
  }

  /** Returns how long to wait before the next attempt; 0 if one may begin now, null while a probe is in flight. */
  waitMs(now: number): number | null {
    if (!this.opened) return 0;
    return this.isProbing ? null : Math.max(0, this.opened.nextProbeAt - now);
  }

  /** Notes that an attempt begins. @returns whether it is a probe */
  begin(): boolean {
    this.isProbing = this.opened !== null;
    return this.isProbing;
  }

  /** Notes that the receiver responded. */
  succeed(): void {
    this.failures = 0;
    this.lastFailed = null;
    this.opened = null;
    this.isProbing = false;
  }

  /**
   * Notes that the receiver did not respond.
   * @returns whether the failure counts as an attempt of its delivery; none does while the circuit is open
   */
  fail(now: number, isProbe: boolean, error: string, deliveryId: string): boolean {
    if (this.opened) {
      if (!isProbe) return false;
      const probes = this.opened.probes + 1;
      this.opened = { probes, nextProbeAt: now + pauseMs(probes + 1), error };
      this.isProbing = false;
      return false;
    }
    // The circuit closed while this probe was in flight.
    if (isProbe) return false;
    if (deliveryId !== this.lastFailed) this.failures += 1;
    this.lastFailed = deliveryId;
    if (this.failures >= FAILURES) this.opened = { probes: 0, nextProbeAt: now + pauseMs(1), error };
    return true;
  }

  /** Notes that an attempt ended without an answer, because this process stops. */
  cancel(isProbe: boolean): void {
    if (isProbe) this.isProbing = false;
  }

  /** Closes the circuit, because the endpoint was changed or resumed. */
  reset(): void {
    this.succeed();
  }
}
