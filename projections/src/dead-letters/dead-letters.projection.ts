import {
  keyOfDeadLetter,
  PREFIXES,
  textOf,
  valueOfDeadLetter,
  type DeadLettered,
  type DeadLetterEvent,
} from '@rewards/contracts';
import type { ReadModelProjection } from '../runner/projection';

/** Characters of a value that a list shows. */
const MAX_SHOWN = 1_000;

/** Read model `deadLetters`: the messages that could not be handled, and what became of each. */
export const deadLettersProjection: ReadModelProjection<DeadLetterEvent, 'deadLetters'> = {
  name: 'deadLetters',
  version: 2,
  prefixes: [PREFIXES.deadLetter],
  indexes: [{ fields: ['position'] }, { fields: ['topic', 'position'] }],
  key: ({ stream }) => stream,
  on: {
    MessageDeadLettered: (_view, { data, position }) => ({
      ...shown(data),
      status: 'OPEN',
      redrives: 0,
      handledBy: null,
      handledAt: null,
      position,
    }),
    MessageRedriven: (view, { data: { by, at } }) =>
      view && { ...view, status: 'REDRIVEN', redrives: view.redrives + 1, handledBy: by, handledAt: at },
    MessageDiscarded: (view, { data: { by, at } }) => view && { ...view, status: 'DISCARDED', handledBy: by, handledAt: at },
  },
};

const shown = (letter: DeadLettered) => {
  const { deadLetterId, topic, partition, offset, error, attempts, at, isCut = false } = letter;
  const payload = textOf(valueOfDeadLetter(letter));
  const beginning = payload && beginningOf(payload);
  return {
    deadLetterId,
    topic,
    partition,
    offset,
    key: textOf(keyOfDeadLetter(letter)),
    payload: beginning,
    payloadCut: isCut || beginning !== payload,
    error,
    attempts,
    at,
  };
};

/** Never ends within a character. */
const beginningOf = (text: string): string => text.slice(0, MAX_SHOWN).replace(/[\ud800-\udbff]$/, '');
