import { parsePosition, START, type Position, type ReadModelVersion } from '@rewards/contracts';

/** The progress of a rebuild. */
export interface RebuildReport {
  /** The version that is being filled. */
  readonly version: number;
  /** Position up to which it is filled. */
  readonly position: Position;
  /** Domain events that are read for it, in whole numbers. */
  readonly eventsPerSecond: number;
  /** Milliseconds until it reaches the end of the log, by its speed of the last seconds; null if it is unknown. */
  readonly etaMs: number | null;
}

interface Sample {
  readonly at: number;
  readonly events: number;
  /** The position as a number. Engines number differently, but evenly. */
  readonly place: number;
}

/** The speed is that of the last seconds. */
const WINDOW_MS = 10_000;
/** Reports may be requested at any rate. Samples are kept at this one. */
const SAMPLE_MS = 250;

/**
 * Measures the speed of the rebuilds of one read model from the checkpoints that the filling process stores. So every process
 * reports the same, also one that fills nothing.
 */
export class RebuildSpeed {
  private version: number | null = null;
  private samples: Sample[] = [];

  /**
   * Returns the progress of a version.
   * @param head end of the log @param at milliseconds since 1970
   */
  report(building: ReadModelVersion, head: Position, at: number): RebuildReport {
    const { version, position, events = 0, upToDateAt } = building;
    if (this.version !== version) {
      this.version = version;
      // Until a version is up to date, `upToDateAt` is the time at which it was started.
      this.samples = [{ at: Math.min(Date.parse(upToDateAt), at), events: 0, place: placeOf(START) }];
    }
    const now = { at, events, place: placeOf(position) };
    this.keep(now);
    const [first = now] = this.samples;
    const seconds = (now.at - first.at) / 1_000;
    const perSecond = (amount: number): number => (seconds > 0 ? Math.max(0, amount) / seconds : 0);
    const places = perSecond(now.place - first.place);
    const left = Math.max(0, placeOf(head) - now.place);
    return {
      version,
      position,
      eventsPerSecond: building.failure ? 0 : Math.round(perSecond(now.events - first.events)),
      etaMs: building.failure || places === 0 ? null : Math.round((left / places) * 1_000),
    };
  }

  /** Keeps the samples of the window, and the last one before it. */
  private keep(sample: Sample): void {
    const last = this.samples.at(-1);
    if (!last || sample.at - last.at >= SAMPLE_MS) this.samples.push(sample);
    while ((this.samples[1]?.at ?? Infinity) <= sample.at - WINDOW_MS) this.samples.shift();
  }
}

const placeOf = (position: Position): number => Number(parsePosition(position).commit);
