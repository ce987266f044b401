import { formatPosition, streams, type DeadLetterEvent } from '@rewards/contracts';
import { given } from '../testing/given';
import { deadLettersProjection } from './dead-letters.projection';

const deadLetterId = '00000000-0000-4000-8000-000000000001';
const stream = streams.deadLetter(deadLetterId);
const by = '00000000-0000-4000-8000-00000000000a';
const letter = {
  deadLetterId,
  topic: 'logins',
  partition: 1,
  offset: '7',
  key: 'key',
  payload: '{',
  error: 'MalformedMessage: not JSON',
  attempts: 1,
  at: '2026-11-01T00:00:00.000Z',
};
const handling = { deadLetterId, by, at: '2026-11-02T00:00:00.000Z' };
const fact = (event: DeadLetterEvent) => ({ stream, event });
const deadLettered = fact({ type: 'MessageDeadLettered', data: letter });
const open = { ...letter, status: 'OPEN', handledBy: null, handledAt: null, position: formatPosition(1) };

describe('read model deadLetters', () => {
  it('shows a message that could not be handled', () => {
    given(deadLettersProjection, deadLettered).shows({ [stream]: open });
  });

  it('shows who sent it again, and when', () => {
    given(deadLettersProjection, deadLettered, fact({ type: 'MessageRedriven', data: handling })).shows({
      [stream]: { ...open, status: 'REDRIVEN', handledBy: by, handledAt: handling.at },
    });
  });

  it('shows who gave it up, and when', () => {
    given(deadLettersProjection, deadLettered, fact({ type: 'MessageDiscarded', data: handling })).shows({
      [stream]: { ...open, status: 'DISCARDED', handledBy: by, handledAt: handling.at },
    });
  });
});
