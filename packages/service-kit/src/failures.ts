import { DocumentStoreDamaged, DocumentStoreUnavailable } from '@rewards/document-store';
import { EventStoreDamaged, EventStoreRejected, EventStoreUnavailable } from '@rewards/event-store';
import { MessageBusDamaged, MessageBusUnavailable } from '@rewards/message-bus';
import { Counter } from 'prom-client';
import type { Logger } from './logger';
import type { Metrics } from './metrics';

export type Engine = 'eventStore' | 'documentStore' | 'messageBus';

type ErrorClass = new (...parameters: never[]) => Error;

const ENGINE_ERRORS: Readonly<Record<Engine, { readonly unavailable: ErrorClass; readonly damaged: ErrorClass }>> = {
  eventStore: { unavailable: EventStoreUnavailable, damaged: EventStoreDamaged },
  documentStore: { unavailable: DocumentStoreUnavailable, damaged: DocumentStoreDamaged },
  messageBus: { unavailable: MessageBusUnavailable, damaged: MessageBusDamaged },
};
const ENGINES = Object.entries(ENGINE_ERRORS) as [Engine, (typeof ENGINE_ERRORS)[Engine]][];

/** Returns the engine that failed, and whether it is damaged, so that no retry helps; null for any other error. */
export const engineFailure = (error: unknown): { readonly engine: Engine; readonly isDamaged: boolean } | null => {
  for (const [engine, { unavailable, damaged }] of ENGINES) {
    if (error instanceof damaged) return { engine, isDamaged: true };
    if (error instanceof unavailable) return { engine, isDamaged: false };
  }
  // An operator can remove the cause on the server, so it is retried. It is never the fault of the request.
  if (error instanceof EventStoreRejected) return { engine: 'eventStore', isDamaged: false };
  return null;
};

/** Converts an error of a readiness check, such as a timeout, to one of the engine. @returns null if the part is not an engine */
export const engineErrorOf = (part: string, error: unknown): unknown => {
  if (engineFailure(error)) return error;
  const entry = ENGINES.find(([engine]) => engine === part);
  if (!entry) return null;
  const Unavailable = entry[1].unavailable as new (message: string) => Error;
  return new Unavailable(reasonOf(error));
};

/** Returns whether an engine is damaged, so that no retry helps. Background work ends with such an error. */
export const isDamaged = (error: unknown): boolean => engineFailure(error)?.isDamaged === true;

/** Returns the reason of an error for an operator, without a stack. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).slice(0, 500);

/** Interval at which a persistent failure is logged again. */
const REMIND_MS = 60_000;
/** Minimum interval between the log lines of an intermittent failure. */
const MIN_INTERVAL_MS = 10_000;

interface Outage {
  readonly since: number;
  readonly tasks: Set<string>;
  count: number;
  isLogged: boolean;
}

export interface FailuresOptions {
  /** The name and address of each engine, such as `EventStoreDB at one:2113`, without credentials. */
  readonly places?: Readonly<Partial<Record<Engine, string>>>;
  readonly metrics?: Metrics;
  /** Monotonic time in milliseconds. */
  readonly now?: () => number;
}

/**
 * Logs repeated failures once per change of state, and counts the repetitions. All tasks that fail on the same engine share one
 * line. A task that fails for another reason has its own line.
 */
export class Failures {
  private readonly outages = new Map<string, Outage>();
  private readonly loggedAt = new Map<string, number>();
  private readonly counter: Counter<'what'> | null;
  private readonly places: Readonly<Partial<Record<Engine, string>>>;
  private readonly now: () => number;

  constructor(
    readonly logger: Logger,
    { places = {}, metrics, now = () => performance.now() }: FailuresOptions = {},
  ) {
    this.places = places;
    this.now = now;
    this.counter = metrics
      ? new Counter({
          name: 'repeated_failures_total',
          help: 'Failures of an engine or a background task, including those that are not logged.',
          labelNames: ['what'],
          registers: [metrics.registry],
        })
      : null;
  }

  /** Reports a failure. @param task the task that failed, which is retried unless the error is permanent */
  reportFailure(task: string, error: unknown): void {
    const failure = engineFailure(error);
    // Damage has a key of its own, so that it is logged at once even if the engine was unavailable before.
    const key = failure?.isDamaged ? `${failure.engine} damage` : (failure?.engine ?? task);
    const reason = reasonOf(error);
    const now = this.now();
    this.counter?.inc({ what: key });
    const existing = this.outages.get(key);
    const state: Outage = existing ?? { since: now, tasks: new Set(), count: 0, isLogged: false };
    state.count += 1;
    state.tasks.add(task);
    this.outages.set(key, state);

    const age = now - (this.loggedAt.get(key) ?? -Infinity);
    if (age < (existing ? REMIND_MS : MIN_INTERVAL_MS)) return;
    this.loggedAt.set(key, now);
    state.isLogged = true;
    if (!failure) return this.logger.warn({ err: error, failures: state.count }, `${task} failed, retrying`);
    const place = this.places[failure.engine] ?? failure.engine;
    if (failure.isDamaged)
      this.logger.error({ reason, task }, `${place} is damaged, so the tasks that depend on it have stopped`);
    else this.logger.warn({ reason, task, failures: state.count }, `${place} is unavailable, retrying`);
  }

  /** Explains why a part is down. For an engine, adds its address unless the reason contains it. */
  describe(part: string, error: unknown): string {
    const engine = engineFailure(engineErrorOf(part, error))?.engine;
    const place = engine && this.places[engine];
    const reason = reasonOf(error);
    const address = place?.split(' ').at(-1);
    return place === undefined || address === undefined || reason.includes(address) ? reason : `${place}: ${reason}`;
  }

  /** Reports a success of a task, which ends the failures that it reported before. */
  reportSuccess(task: string): void {
    for (const [key, { tasks, since, count, isLogged }] of this.outages) {
      if (!tasks.has(task)) continue;
      this.outages.delete(key);
      // A failure that ended within the interval was not logged, so neither is its end.
      if (!isLogged) continue;
      const seconds = Math.round((this.now() - since) / 100) / 10;
      this.logger.info({ failures: count, seconds }, `${this.places[key as Engine] ?? key} recovered`);
    }
  }
}
