import type { Aggregate, DomainEvent } from '@rewards/contracts';

/** A decision: returns the new domain events, or none for a repeated request. Throws Rejected if the request breaks a rule. */
export type Decide<State, Event extends DomainEvent> = (state: State) => readonly Event[];

/** @returns the state after these domain events */
export const fold = <State, Event extends DomainEvent>(
  { initial, evolve }: Aggregate<State, Event>,
  events: readonly Event[],
): State => events.reduce(evolve, initial);
