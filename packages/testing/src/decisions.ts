import { Rejected, type Aggregate, type DomainEvent, type Reason } from '@rewards/contracts';
import { fold, type Decide } from '@rewards/domain';

/** Specifies a decision: given facts, then exactly these facts. No method is named `then`, which would make it awaitable. */
export const specificationOf =
  <State, Event extends DomainEvent>(aggregate: Aggregate<State, Event>) =>
  (...facts: readonly Event[]) => ({
    when: (decide: Decide<State, Event>) => {
      const state = fold(aggregate, facts);
      return {
        thenRecorded: (...expected: readonly Event[]) => expect(decide(state)).toEqual(expected),
        thenNothing: () => expect(decide(state)).toEqual([]),
        thenRejected: (reason: Reason, details: Rejected['details'] = {}) => {
          const error = thrownBy(() => decide(state));
          expect(error).toBeInstanceOf(Rejected);
          expect({ reason: (error as Rejected).reason, details: (error as Rejected).details }).toEqual({ reason, details });
        },
      };
    },
  });

const thrownBy = (run: () => unknown): unknown => {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
};
