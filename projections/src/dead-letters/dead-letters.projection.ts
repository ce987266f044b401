import {
  keyOfDeadLetter,
  PREFIXES,
  decodeUtf8,
  valueOfDeadLetter,
  type DeadLettered,
  type DeadLetterEvent,
} from '@rewards/contracts';
import type { ReadModelProjection } from '../runner/projection';

/** Maximum length of a payload in the read model, in characters. */
const MAX_PAYLOAD_LENGTH = 1_000;

/** Read model `deadLetters`: one document for each dead letter, with its redrives or discard. */
export const deadLettersProjection: ReadModelProjection<DeadLetterEvent, 'deadLetters'> = {
  name: 'deadLetters',
  tableVersion: 2,
  prefixes: [PREFIXES.deadLetter],
  indexes: [{ fields: ['position'] }, { fields: ['topic', 'position'] }],
  key: ({ stream }) => stream,
  on: {
    MessageDeadLettered: (_view, { data, position }) => ({
      ...viewOf(data),
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

const viewOf = (letter: DeadLettered) => {
  const { deadLetterId, topic, partition, offset, error, attempts, at, isCut = false } = letter;
  const payload = decodeUtf8(valueOfDeadLetter(letter));
  const beginning = payload && beginningOf(payload);
  return {
    deadLetterId,
    topic,
    partition,
    offset,
    key: decodeUtf8(keyOfDeadLetter(letter)),
    payload: beginning,
    payloadCut: isCut || beginning !== payload,
    error,
    attempts,
    at,
  };
};

/** Cuts a text to the maximum length, but not within a surrogate pair. */
const beginningOf = (text: string): string => text.slice(0, MAX_PAYLOAD_LENGTH).replace(/[\ud800-\udbff]$/, '');
