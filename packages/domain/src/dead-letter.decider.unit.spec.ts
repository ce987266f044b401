import type { DeadLetterEvent } from '@rewards/contracts';
import { deadLetter, discardMessage, recordDeadLetter, redriveMessage } from './dead-letter.decider';
import { specificationOf } from '@rewards/testing/decisions';

const given = specificationOf(deadLetter);
const deadLetterId = '00000000-0000-4000-8000-000000000001';
const by = '00000000-0000-4000-8000-00000000000a';
const at = '2026-11-01T00:00:00.000Z';
const letter = {
  deadLetterId,
  topic: 'logins',
  partition: 0,
  offset: '7',
  key: 'k',
  payload: '{',
  error: 'MalformedMessage: not JSON',
  attempts: 1,
  at,
};
const deadLettered: DeadLetterEvent = { type: 'MessageDeadLettered', data: letter };
const handling = { deadLetterId, by, at };
const redriven: DeadLetterEvent = { type: 'MessageRedriven', data: handling };
const discarded: DeadLetterEvent = { type: 'MessageDiscarded', data: handling };

describe('a message that could not be handled', () => {
  it('is recorded', () => given().when(recordDeadLetter(letter)).thenRecorded(deadLettered));

  it('is recorded once, even if it is redelivered', () => {
    given(deadLettered).when(recordDeadLetter(letter)).thenNothing();
    given(deadLettered, redriven).when(recordDeadLetter(letter)).thenNothing();
    given(deadLettered, discarded).when(recordDeadLetter(letter)).thenNothing();
  });
});

describe.each([
  ['redrive', redriveMessage(handling), redriven],
  ['discard', discardMessage(handling), discarded],
])('%s', (_name, decide, recorded) => {
  it('is recorded', () => given(deadLettered).when(decide).thenRecorded(recorded));

  it('is rejected if there is no such dead letter', () => given().when(decide).thenRejected('NO_SUCH_DEAD_LETTER'));

  it('is rejected if the dead letter is already handled', () => {
    given(deadLettered, redriven).when(decide).thenRejected('ALREADY_HANDLED', { state: 'REDRIVEN' });
    given(deadLettered, discarded).when(decide).thenRejected('ALREADY_HANDLED', { state: 'DISCARDED' });
  });
});

describe('a message that was too long to store completely', () => {
  const cut: DeadLetterEvent = { type: 'MessageDeadLettered', data: { ...letter, isCut: true } };

  it('is not published again', () => given(cut).when(redriveMessage(handling)).thenRejected('MESSAGE_CUT'));

  it('may be discarded', () => given(cut).when(discardMessage(handling)).thenRecorded(discarded));
});

it('a redrive or discard without a dead letter does not create one', () => {
  given(redriven, discarded).when(redriveMessage(handling)).thenRejected('NO_SUCH_DEAD_LETTER');
});
