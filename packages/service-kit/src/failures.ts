import { DocumentStoreDamaged, DocumentStoreUnavailable } from '@rewards/document-store';
import { EventStoreDamaged, EventStoreRefused, EventStoreUnavailable } from '@rewards/event-store';
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

/** The engine that an error is about, and whether no retry helps; null for any other error. */
export const engineFailure = (error: unknown): { readonly engine: Engine; readonly isDamaged: boolean } | null => {
  for (const [engine, { unavailable, damaged }] of ENGINES) {
    if (error instanceof damaged) return { engine, isDamaged: true };
    if (error instanceof unavailable) return { engine, isDamaged: false };
  }
  // An operator can lift it on the server, so it is retried; it is never a fault of what was asked.
  if (error instanceof EventStoreRefused) return { engine: 'eventStore', isDamaged: false };
  return null;
};

/** @returns the error of an engine for one that its readiness check met, such as a timeout; null for a part that is no engine */
export const engineErrorOf = (part: string, error: unknown): unknown => {
  if (engineFailure(error)) return error;
  const known = ENGINES.find(([engine]) => engine === part);
  if (!known) return null;
  const Unavailable = known[1].unavailable as new (message: string) => Error;
  return new Unavailable(reasonOf(error));
};

/** Whether an engine failed in a way that no retry helps: background work ends with such an error. */
export const isDamaged = (error: unknown): boolean => engineFailure(error)?.isDamaged === true;

/** What an operator reads about an error, without a stack. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error)).slice(0, 500);

/** A failure that lasts is logged again this often. */
const REMIND_MS = 60_000;
/** A failure that comes and goes is logged at most this often. */
const MIN_INTERVAL_MS = 10_000;

interface Lasting {
  readonly since: number;
  readonly tasks: Set<string>;
  count: number;
  isLogged: boolean;
}

export interface FailuresOptions {
  /** Where each engine is, such as `EventStoreDB at one:2113`; without credentials. */
  readonly places?: Readonly<Partial<Record<Engine, string>>>;
  readonly metrics?: Metrics;
  /** Monotonic time in milliseconds. */
  readonly now?: () => number;
}

/**
 * Logs what fails again and again once per change of state, and counts the repetitions: one line for an engine, however many tasks
 * meet it, and one for a task that fails for another reason.
 */
export class Failures {
  private readonly lasting = new Map<string, Lasting>();
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
          help: 'Failures of an engine or a background task; the log has one line per change of state.',
          labelNames: ['what'],
          registers: [metrics.registry],
        })
      : null;
  }

  /** @param task what failed and is retried, or has ended where the error is permanent */
  failed(task: string, error: unknown): void {
    const failure = engineFailure(error);
    // Damage is news of its own: it must not wait because the engine was unavailable a moment ago.
    const key = failure?.isDamaged ? `${failure.engine} damage` : (failure?.engine ?? task);
    const reason = reasonOf(error);
    const now = this.now();
    this.counter?.inc({ what: key });
    const known = this.lasting.get(key);
    const state: Lasting = known ?? { since: now, tasks: new Set(), count: 0, isLogged: false };
    state.count += 1;
    state.tasks.add(task);
    this.lasting.set(key, state);

    const age = now - (this.loggedAt.get(key) ?? -Infinity);
    if (age < (known ? REMIND_MS : MIN_INTERVAL_MS)) return;
    this.loggedAt.set(key, now);
    state.isLogged = true;
    if (!failure) return this.logger.warn({ err: error, failures: state.count }, `${task} failed, retrying`);
    const what = this.places[failure.engine] ?? failure.engine;
    if (failure.isDamaged) this.logger.error({ reason, task }, `${what} is damaged: what depends on it has stopped`);
    else this.logger.warn({ reason, task, failures: state.count }, `${what} is unavailable, retrying`);
  }

  /** Why a part is down: the reason, and for an engine its address where the reason lacks it. */
  describe(part: string, error: unknown): string {
    const engine = engineFailure(engineErrorOf(part, error))?.engine;
    const place = engine && this.places[engine];
    const reason = reasonOf(error);
    const address = place?.split(' ').at(-1);
    return place === undefined || address === undefined || reason.includes(address) ? reason : `${place}: ${reason}`;
  }

  /** The task succeeded: whatever it had failed on works again. */
  succeeded(task: string): void {
    for (const [key, { tasks, since, count, isLogged }] of this.lasting) {
      if (!tasks.has(task)) continue;
      this.lasting.delete(key);
      // One that came and went within the interval has no line that this one would end.
      if (!isLogged) continue;
      const seconds = Math.round((this.now() - since) / 100) / 10;
      this.logger.info({ failures: count, seconds }, `${this.places[key as Engine] ?? key} works again`);
    }
  }
}
