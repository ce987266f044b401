import type { Aggregate, DomainEvent } from '@rewards/contracts';

/** A decision: from state to what is new. Nothing new when the request was met before; Rejected when a rule refuses. */
export type Decide<State, Event extends DomainEvent> = (state: State) => readonly Event[];

/** The state after these facts. */
export const fold = <State, Event extends DomainEvent>(
  { initial, evolve }: Aggregate<State, Event>,
  events: readonly Event[],
): State => events.reduce(evolve, initial);
