import type { DomainEvent } from './domain-event';

/** Folds the domain events of one kind of stream into a state. `evolve` never rejects, because domain events already happened. */
export interface Aggregate<State, Event extends DomainEvent> {
  readonly initial: State;
  evolve(state: State, event: Event): State;
}
