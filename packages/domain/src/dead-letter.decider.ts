import type { Aggregate, DeadLettered, DeadLetterEvent, DeadLetterStatus } from '@rewards/contracts';
import type { Decide } from './aggregate';
import { reject } from './rejected';

/** A message that could not be handled, in the form for publishing it again, and its status. */
export interface ExistingDeadLetter {
  readonly status: DeadLetterStatus;
  readonly message: Pick<DeadLettered, 'topic' | 'key' | 'keyBase64' | 'payload' | 'payloadBase64' | 'headers'>;
  readonly isCut: boolean;
}

export type DeadLetterState = { readonly status: 'MISSING' } | ExistingDeadLetter;

type Evolve = Aggregate<DeadLetterState, DeadLetterEvent>['evolve'];

const evolve: Evolve = (state, event) => {
  if (event.type === 'MessageDeadLettered') {
    return { status: 'OPEN', message: event.data, isCut: event.data.isCut ?? false };
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
  (data: DeadLettered): DecideDeadLetter =>
  ({ status }) =>
    status === 'MISSING' ? [{ type: 'MessageDeadLettered', data }] : [];

type Handling = Extract<DeadLetterEvent, { type: 'MessageRedriven' }>['data'];

/** @returns the message if it may be published again @throws Rejected if not */
export const redrivable = (state: DeadLetterState): ExistingDeadLetter['message'] => {
  const { message, isCut } = open(state);
  return isCut ? reject('MESSAGE_CUT') : message;
};

/** Records that the message was published again. Rejects a second redrive. */
export const redriveMessage =
  (data: Handling): DecideDeadLetter =>
  (state) => {
    redrivable(state);
    return [{ type: 'MessageRedriven', data }];
  };

/** Closes the message without publishing it. */
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
