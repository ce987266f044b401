import { PREFIXES, type DeadLetterEvent, type DeadLetterView } from '@rewards/contracts';
import type { Projection } from '../runner/projection';

/** Read model `deadLetters`: the messages that could not be handled, and what became of each. */
export const deadLettersProjection: Projection<DeadLetterEvent, DeadLetterView> = {
  name: 'deadLetters',
  version: 1,
  prefixes: [PREFIXES.deadLetter],
  indexes: [{ fields: ['position'] }, { fields: ['topic', 'position'] }],
  key: ({ stream }) => stream,
  on: {
    MessageDeadLettered: (_view, { data: { isCut: _isCut, ...letter }, position }) => ({
      ...letter,
      status: 'OPEN',
      handledBy: null,
      handledAt: null,
      position,
    }),
    MessageRedriven: (view, { data: { by, at } }) => view && { ...view, status: 'REDRIVEN', handledBy: by, handledAt: at },
    MessageDiscarded: (view, { data: { by, at } }) => view && { ...view, status: 'DISCARDED', handledBy: by, handledAt: at },
  },
};
