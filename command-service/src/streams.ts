import type { Aggregate, DomainEvent } from '@rewards/contracts';
import { StreamHandler, type EventStore, type StreamHandlerOptions } from '@rewards/event-store';

/** Injection tokens of the engines. */
export const EVENT_STORE = Symbol('EVENT_STORE');
export const MESSAGE_BUS = Symbol('MESSAGE_BUS');

/** The command loops, one for each aggregate. */
export class Streams {
  private readonly handlers = new Map<unknown, unknown>();

  constructor(
    private readonly store: EventStore,
    private readonly options: StreamHandlerOptions = {},
  ) {}

  /** Returns the only command loop of an aggregate, so that all commands on a stream share its queue and its cached states. */
  of<State, Event extends DomainEvent>(aggregate: Aggregate<State, Event>): StreamHandler<State, Event> {
    const existing = this.handlers.get(aggregate) as StreamHandler<State, Event> | undefined;
    if (existing) return existing;
    const handler = new StreamHandler(this.store, aggregate, this.options);
    this.handlers.set(aggregate, handler);
    return handler;
  }
}
