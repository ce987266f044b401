import type { DomainEvent } from '@rewards/contracts';

/** How the facts of one kind of stream become state. `evolve` never refuses: facts are not up for debate. */
export interface Aggregate<State, Event extends DomainEvent> {
  readonly initial: State;
  evolve(state: State, event: Event): State;
}

/** A decision: from state to what is new. Nothing new when the request was met before; Rejected when a rule refuses. */
export type Decide<State, Event extends DomainEvent> = (state: State) => readonly Event[];

/** The state after these facts. */
export const fold = <State, Event extends DomainEvent>(
  { initial, evolve }: Aggregate<State, Event>,
  events: readonly Event[],
): State => events.reduce(evolve, initial);
