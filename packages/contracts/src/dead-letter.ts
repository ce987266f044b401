import type { DomainEvent } from './domain-event';
import { isId } from './streams';

/** These names and shapes are the storage format. Add optional fields or new types; never rename, never reuse. */
export type DeadLetterEvent =
  | DomainEvent<
      'MessageDeadLettered',
      {
        readonly deadLetterId: string;
        readonly topic: string;
        readonly partition: number;
        readonly offset: string;
        /** The message's key if it is UTF-8 text; empty if there is a `keyBase64`. */
        readonly key: string;
        /** The bytes of a key that is not UTF-8; null if the message has no key. */
        readonly keyBase64?: string | null;
        /** The message's value if it is UTF-8 text; empty if there is a `payloadBase64`. */
        readonly payload: string;
        /** The bytes of a value that is not UTF-8, or is shorter in Base64; null if the message has no value. */
        readonly payloadBase64?: string | null;
        /** The message's headers as the bus delivered them; missing if there are none, or if they are too long. */
        readonly headers?: Readonly<Record<string, string>>;
        /** Whether key, value or headers are too long to be stored completely. Such a message cannot be redriven. */
        readonly isCut?: boolean;
        readonly error: string;
        readonly attempts: number;
        readonly at: string;
      }
    >
  /** Published again unchanged, by the account of an operator. */
  | DomainEvent<'MessageRedriven', { readonly deadLetterId: string; readonly by: string; readonly at: string }>
  /** Closed without publishing, by the account of an operator. */
  | DomainEvent<'MessageDiscarded', { readonly deadLetterId: string; readonly by: string; readonly at: string }>;

export const DEAD_LETTER_STATUSES = ['OPEN', 'REDRIVEN', 'DISCARDED'] as const;
export type DeadLetterStatus = (typeof DEAD_LETTER_STATUSES)[number];

export type DeadLettered = Extract<DeadLetterEvent, { readonly type: 'MessageDeadLettered' }>['data'];

/** @returns the key of a dead letter, byte for byte; null if the message has none */
export const keyOfDeadLetter = ({ key, keyBase64 }: Pick<DeadLettered, 'key' | 'keyBase64'>): Buffer | null =>
  bytesOf(key, keyBase64);

/** @returns the value of a dead letter, byte for byte; null if the message has none */
export const valueOfDeadLetter = ({ payload, payloadBase64 }: Pick<DeadLettered, 'payload' | 'payloadBase64'>): Buffer | null =>
  bytesOf(payload, payloadBase64);

const bytesOf = (text: string, base64: string | null | undefined): Buffer | null => {
  if (base64 === undefined) return Buffer.from(text);
  return base64 === null ? null : Buffer.from(base64, 'base64');
};

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** @returns the bytes as text, or null if they are missing or not UTF-8 */
export const decodeUtf8 = (bytes: Uint8Array | null): string | null => {
  try {
    return bytes && decoder.decode(bytes);
  } catch {
    return null;
  }
};

/** What dead letters of one cause have in common. Two with the same kind are in one group. */
export interface DeadLetterKind {
  readonly topic: string;
  /** The error without its variable parts. */
  readonly error: string;
  /** The member names of the payload with the types of their values, or why there are none. */
  readonly shape: string;
}

/** Length of the error that decides about the kind, in characters. */
const MAX_KIND = 1_000;
/** Levels of members that decide about the kind. A message of auth-service has three. */
const MAX_DEPTH = 4;
const QUOTED = /(?<![\p{L}\p{N}])(["'`])(?:(?!\1).)*\1/gsu;

/** Returns the kind of a dead letter. It is stable: a change of this function needs a new table version of the read model. */
export const kindOfDeadLetter = (letter: DeadLettered): DeadLetterKind => ({
  topic: letter.topic,
  error: kindOfError(letter.error),
  shape: shapeOfMessage(letter),
});

/** Quotations, and words with a digit or an `@`, differ between two occurrences of one error: values, ids, times, numbers, e-mails. */
const kindOfError = (error: string): string =>
  error
    .slice(0, MAX_KIND)
    .replace(QUOTED, '…')
    .split(/\s+/)
    .map((word) => (/[\p{N}@]/u.test(word) ? '#' : word))
    .join(' ');

const shapeOfMessage = (letter: DeadLettered): string => {
  if (letter.isCut) return 'cut';
  const value = valueOfDeadLetter(letter);
  if (value === null) return 'missing';
  const text = decodeUtf8(value);
  if (text === null) return 'not UTF-8';
  try {
    return shapeOf(JSON.parse(text), MAX_DEPTH);
  } catch {
    return 'not JSON';
  }
};

const shapeOf = (value: unknown, depth: number): string => {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (depth === 0) return open + close;
  const parts = Array.isArray(value)
    ? value.map((item) => shapeOf(item, depth - 1))
    : Object.entries(value).map(([name, member]) => `${JSON.stringify(shapeOfName(name))}:${shapeOf(member, depth - 1)}`);
  return open + [...new Set(parts)].sort().join(',') + close;
};

/** A name that is an id or a number is a key, and not part of the shape. */
const shapeOfName = (name: string): string => (isId(name) || /^\d+$/.test(name) ? '#' : name);

const FINGERPRINT = /^[0-9a-f]{16}$/;

/** Whether a value has the form of the fingerprint of a dead letter. */
export const isFingerprint = (value: unknown): value is string => typeof value === 'string' && FINGERPRINT.test(value);
