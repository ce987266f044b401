import type { DomainEvent } from './domain-event';

/** How the facts of one kind of stream become state. `evolve` never refuses: facts are not up for debate. */
export interface Aggregate<State, Event extends DomainEvent> {
  readonly initial: State;
  evolve(state: State, event: Event): State;
}
