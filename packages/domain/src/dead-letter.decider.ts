import type { Aggregate, DeadLetterEvent, DeadLetterStatus } from '@rewards/contracts';
import type { Decide } from './aggregate';
import { reject } from './rejected';

/** A message that could not be handled, as it can be sent again, and what became of it. */
export interface ExistingDeadLetter {
  readonly status: DeadLetterStatus;
  readonly topic: string;
  readonly key: string;
  readonly payload: string;
  readonly isCut: boolean;
}

export type DeadLetterState = { readonly status: 'MISSING' } | ExistingDeadLetter;

type Evolve = Aggregate<DeadLetterState, DeadLetterEvent>['evolve'];

const evolve: Evolve = (state, event) => {
  if (event.type === 'MessageDeadLettered') {
    const { topic, key, payload, isCut = false } = event.data;
    return { status: 'OPEN', topic, key, payload, isCut };
  }
  if (state.status === 'MISSING') return state;
  switch (event.type) {
    case 'MessageRedriven':
      return { ...state, status: 'REDRIVEN' };
    case 'MessageDiscarded':
      return { ...state, status: 'DISCARDED' };
    default:
      event satisfies never;
      return state;
  }
};

/** One message that could not be handled. */
export const deadLetter: Aggregate<DeadLetterState, DeadLetterEvent> = { initial: { status: 'MISSING' }, evolve };

type DecideDeadLetter = Decide<DeadLetterState, DeadLetterEvent>;

/** Records a message that could not be handled, once. */
export const recordDeadLetter =
  (data: Extract<DeadLetterEvent, { type: 'MessageDeadLettered' }>['data']): DecideDeadLetter =>
  ({ status }) =>
    status === 'MISSING' ? [{ type: 'MessageDeadLettered', data }] : [];

type Handling = Extract<DeadLetterEvent, { type: 'MessageRedriven' }>['data'];

/** The message, if it may be sent again. */
export const redrivable = (state: DeadLetterState): ExistingDeadLetter => {
  const letter = open(state);
  return letter.isCut ? reject('MESSAGE_CUT') : letter;
};

/** Records that the message was sent again: a second time it is not. */
export const redriveMessage =
  (data: Handling): DecideDeadLetter =>
  (state) => {
    redrivable(state);
    return [{ type: 'MessageRedriven', data }];
  };

/** Gives the message up for good. */
export const discardMessage =
  (data: Handling): DecideDeadLetter =>
  (state) => {
    open(state);
    return [{ type: 'MessageDiscarded', data }];
  };

const open = (state: DeadLetterState): ExistingDeadLetter => {
  if (state.status === 'MISSING') return reject('NO_SUCH_DEAD_LETTER');
  return state.status === 'OPEN' ? state : reject('ALREADY_HANDLED', { state: state.status });
};
