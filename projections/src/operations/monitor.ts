import { START, type Position, type ReadModelFailure, type ReadModelState } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import type { Checkpoints } from '../runner/checkpoints';
import type { AnyProjection } from '../runner/projection';
import { whyRebuild } from '../runner/why-rebuild';

export const PROJECTION_STATES = ['LIVE', 'CATCHING_UP', 'STOPPED'] as const;

/** Where one projection stands. */
export interface ProjectionReport {
  readonly name: string;
  readonly version: number;
  readonly position: Position;
  /** Null where the log cannot tell. */
  readonly lagEvents: number | null;
  /** For how long the read model has not held everything that the log had. */
  readonly lagMs: number;
  readonly state: (typeof PROJECTION_STATES)[number];
  readonly error: string | null;
}

const SAMPLE_MS = 500;

/**
 * Tells how far the read models are, from their checkpoints and the log alone: a standby says the same as the active instance.
 * It looks twice a second, so that after a quiet hour the next fact does not count as an hour's lag.
 */
export class Monitor {
  private readonly upToDateAt = new Map<string, number>();
  private readonly startedAt: number;
  private timer: NodeJS.Timeout | null = null;
  private isSampling = false;

  constructor(
    private readonly projections: readonly AnyProjection[],
    private readonly events: EventStore,
    private readonly checkpoints: Checkpoints,
    private readonly now: () => number = Date.now,
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

  /** @throws EventStoreUnavailable, DocumentStoreUnavailable */
  async report(): Promise<readonly ProjectionReport[]> {
    const at = this.now();
    const states = await this.checkpoints.loadAll(this.projections.map(({ name }) => name));
    // A log that does not exist yet has no id, so nothing can be reported of it.
    const [head] = await Promise.all([this.events.head(), this.events.logId()]);
    return Promise.all(
      this.projections.map(async (projection) => {
        const state = states.get(projection.name);
        const rebuild = state ? await whyRebuild(projection.name, this.events, state.live) : null;
        return this.reportOf(projection, state, rebuild, head, at);
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
    // An engine that is away shows in readiness.
    await this.report().catch(() => undefined);
    this.isSampling = false;
  }

  private reportOf(
    { name, version: table }: AnyProjection,
    state: ReadModelState | undefined,
    rebuild: string | null,
    head: Position,
    at: number,
  ): ProjectionReport {
    if (!state) {
      return {
        name,
        version: 1,
        position: START,
        lagEvents: this.events.eventsBetween(START, head),
        lagMs: this.lagMs(name, this.startedAt, at),
        state: 'CATCHING_UP',
        error: null,
      };
    }
    const { live, building } = state;
    const failure = live.table === table ? live.failure : (building?.failure ?? null);
    const stopped = rebuild ?? told(failure);
    const failedRebuild = told(building?.failure ?? null);
    const isUpToDate = rebuild === null && live.position >= head;
    if (isUpToDate) this.upToDateAt.set(name, at);
    return {
      name,
      version: live.version,
      position: live.position,
      // Positions of another log say nothing about this one.
      lagEvents: isUpToDate ? 0 : rebuild === null ? this.events.eventsBetween(live.position, head) : null,
      lagMs: isUpToDate ? 0 : this.lagMs(name, Date.parse(live.upToDateAt), at),
      state: stopped ? 'STOPPED' : isUpToDate ? 'LIVE' : 'CATCHING_UP',
      error: stopped ?? (failedRebuild && `Its rebuild stopped. ${failedRebuild}`),
    };
  }

  private lagMs(name: string, lastKnown: number, at: number): number {
    return Math.max(0, at - Math.max(this.upToDateAt.get(name) ?? 0, lastKnown));
  }
}

const told = (failure: ReadModelFailure | null): string | null => failure && `${failure.message} (position ${failure.position})`;
