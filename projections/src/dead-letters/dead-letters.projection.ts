import {
  keyOfDeadLetter,
  PREFIXES,
  decodeUtf8,
  valueOfDeadLetter,
  type DeadLettered,
  type DeadLetterEvent,
} from '@rewards/contracts';
import { fingerprintOf } from '@rewards/service-kit/derived-id';
import type { AnyProjection, ReadModelProjection } from '../runner/projection';

/** Maximum length of a payload in the read model, in characters. */
const MAX_PAYLOAD_LENGTH = 1_000;

/** Total length of the names and values of the headers in the read model, in characters. */
const MAX_HEADERS_LENGTH = 2_000;

const indexes = [{ fields: ['position'] }, { fields: ['topic', 'position'] }] as const;
const indexesByFingerprint = [
  ...indexes,
  { fields: ['status', 'position'] },
  { fields: ['fingerprint', 'position'] },
  { fields: ['status', 'fingerprint', 'position'] },
  // Finds one fingerprint after the other, without reading their dead letters.
  { fields: ['status', 'fingerprint'] },
] as const;

const table = {
  name: 'deadLetters',
  prefixes: [PREFIXES.deadLetter],
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
} satisfies Partial<ReadModelProjection<DeadLetterEvent, 'deadLetters'>>;

/** Keep the live versions of releases without fingerprints and without headers, until this release has filled its own. */
const withoutFingerprints: AnyProjection = { ...table, tableVersion: 2, indexes };
const withoutHeaders: AnyProjection = { ...table, tableVersion: 3, indexes: indexesByFingerprint };

/** Read model `deadLetters`: one document for each dead letter, with its redrives or discard. */
export const deadLettersProjection: ReadModelProjection<DeadLetterEvent, 'deadLetters'> = {
  ...table,
  on: {
    ...table.on,
    MessageDeadLettered: (view, recorded) => ({
      ...table.on.MessageDeadLettered(view, recorded),
      headers: firstHeaders(recorded.data.headers),
    }),
  },
  tableVersion: 4,
  previous: [withoutFingerprints, withoutHeaders],
  indexes: indexesByFingerprint,
};

/** Returns the headers up to the maximum length; each is complete. */
const firstHeaders = (headers: DeadLettered['headers'] = {}): Readonly<Record<string, string>> => {
  let room = MAX_HEADERS_LENGTH;
  return Object.fromEntries(Object.entries(headers).filter(([name, value]) => (room -= name.length + value.length) >= 0));
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
    fingerprint: fingerprintOf(letter),
  };
};

/** Cuts a text to the maximum length, but not within a surrogate pair. */
const beginningOf = (text: string): string => text.slice(0, MAX_PAYLOAD_LENGTH).replace(/[\ud800-\udbff]$/, '');
