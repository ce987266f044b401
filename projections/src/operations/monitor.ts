import { START, type Position, type ReadModelFailure, type ReadModelState } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import type { Checkpoints } from '../runner/checkpoints';
import type { AnyProjection } from '../runner/projection';
import { rebuildReason } from '../runner/rebuild-reason';
import { RebuildSpeed, type RebuildReport } from './rebuild-speed';

export const PROJECTION_STATES = ['LIVE', 'CATCHING_UP', 'STOPPED'] as const;

/** State and lag of one projection. */
export interface ProjectionReport {
  readonly name: string;
  readonly version: number;
  readonly position: Position;
  /** Number of domain events to read; null if the event store cannot count them or the checkpoint is of another log. */
  readonly lagEvents: number | null;
  /** Milliseconds since the read model last contained every domain event of the log; 0 if it is up to date. */
  readonly lagMs: number;
  readonly state: (typeof PROJECTION_STATES)[number];
  readonly error: string | null;
  /** The rebuild in progress; null if there is none. */
  readonly rebuild: RebuildReport | null;
}

const SAMPLE_MS = 500;

/**
 * Reports the lag of the read models from their checkpoints and the log only, so a standby reports the same as the active instance.
 * Samples twice a second, so that the first domain event after a quiet hour does not count as an hour of lag.
 */
export class Monitor {
  private readonly upToDateAt = new Map<string, number>();
  private readonly speeds = new Map<string, RebuildSpeed>();
  private readonly startedAt: number;
  private timer: NodeJS.Timeout | null = null;
  private isSampling = false;

  constructor(
    private readonly projections: readonly AnyProjection[],
    private readonly store: EventStore,
    private readonly checkpoints: Checkpoints,
    private readonly now: () => number = Date.now,
    /** Throws the damage that another thread found in the log. */
    private readonly requireLog: () => void = () => undefined,
  ) {
    this.startedAt = now();
  }

  start(): void {
    this.timer ??= setInterval(() => void this.sample(), SAMPLE_MS).unref();
  }

  stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  /** @throws EventStoreUnavailable, EventStoreDamaged, DocumentStoreUnavailable */
  async report(): Promise<readonly ProjectionReport[]> {
    this.requireLog();
    const at = this.now();
    const states = await this.checkpoints.loadAll(this.projections.map(({ name }) => name));
    // `logId` throws while the log does not exist yet, as there is nothing to report then.
    const [head] = await Promise.all([this.store.head(), this.store.logId()]);
    return Promise.all(
      this.projections.map(async (projection) => {
        const state = states.get(projection.name);
        const mismatch = state ? await rebuildReason(projection.name, this.store, state.live) : null;
        return this.reportOf(projection, state, mismatch, head, at);
      }),
    );
  }

  /** @throws Error when the projection has stopped */
  async requireRunning(name: string): Promise<void> {
    const report = (await this.report()).find((candidate) => candidate.name === name);
    if (report?.state === 'STOPPED') throw new Error(report.error ?? 'stopped');
  }

  private async sample(): Promise<void> {
    if (this.isSampling) return;
    this.isSampling = true;
    // Readiness reports an unavailable engine.
    await this.report().catch(() => undefined);
    this.isSampling = false;
  }

  private reportOf(
    { name, tableVersion: table }: AnyProjection,
    state: ReadModelState | undefined,
    mismatch: string | null,
    head: Position,
    at: number,
  ): ProjectionReport {
    if (!state) {
      return {
        name,
        version: 1,
        position: START,
        lagEvents: this.store.eventsBetween(START, head),
        lagMs: this.lagMs(name, this.startedAt, at),
        state: 'CATCHING_UP',
        error: null,
        rebuild: null,
      };
    }
    const { live, building } = state;
    const failure = live.table === table ? live.failure : (building?.failure ?? null);
    const stopReason = mismatch ?? describeFailure(failure);
    const rebuildFailure = describeFailure(building?.failure ?? null);
    const isUpToDate = mismatch === null && live.position >= head;
    if (isUpToDate) this.upToDateAt.set(name, at);
    return {
      name,
      version: live.version,
      position: live.position,
      // Positions of two logs cannot be compared.
      lagEvents: isUpToDate ? 0 : mismatch === null ? this.store.eventsBetween(live.position, head) : null,
      lagMs: isUpToDate ? 0 : this.lagMs(name, Date.parse(live.upToDateAt), at),
      state: stopReason ? 'STOPPED' : isUpToDate ? 'LIVE' : 'CATCHING_UP',
      error: stopReason ?? (rebuildFailure && `Its rebuild stopped. ${rebuildFailure}`),
      rebuild: building && this.speedOf(name).report(building, head, at),
    };
  }

  private speedOf(name: string): RebuildSpeed {
    const speed = this.speeds.get(name) ?? new RebuildSpeed();
    this.speeds.set(name, speed);
    return speed;
  }

  private lagMs(name: string, lastUpToDateAt: number, at: number): number {
    return Math.max(0, at - Math.max(this.upToDateAt.get(name) ?? 0, lastUpToDateAt));
  }
}

const describeFailure = (failure: ReadModelFailure | null): string | null =>
  failure && `${failure.message} (position ${failure.position})`;
