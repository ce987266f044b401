import type { Aggregate, DomainEvent, RecordedEvent, Upcast } from '@rewards/contracts';

/** A recorded event that this version of the program cannot interpret. */
export interface UnreadableEvent {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  /** Message that names the event, without internal details. */
  readonly message: string;
}

/**
 * Runs a step that interprets one recorded event. Readers of many streams use this to continue after an unreadable event.
 * @returns the event if the step failed on it, null if the step succeeded
 */
export const tryInterpret = (
  { stream, revision, type }: Pick<RecordedEvent, 'stream' | 'revision' | 'type'>,
  step: () => void,
): UnreadableEvent | null => {
  try {
    step();
    return null;
  } catch {
    const message = `Event ${revision} (${type}) of ${stream} cannot be read by this version of the program.`;
    return { stream, revision, type, message };
  }
};

/** A stream as far as it can be folded. */
export interface FoldedStream<State> {
  /** The state after each event. */
  readonly states: readonly State[];
  /** The event that could not be folded: `states` ends before it. Null if all events were folded. */
  readonly unreadable: UnreadableEvent | null;
}

/** Folds the events of one stream up to the first unreadable event. */
export const foldReadable = <State, Event extends DomainEvent>(
  { initial, evolve }: Aggregate<State, Event>,
  events: readonly RecordedEvent[],
  upcast: Upcast,
): FoldedStream<State> => {
  const states: State[] = [];
  for (const recorded of events) {
    const unreadable = tryInterpret(recorded, () => {
      states.push(evolve(states.at(-1) ?? initial, upcast(recorded) as unknown as Event));
    });
    if (unreadable) return { states, unreadable };
  }
  return { states, unreadable: null };
};
