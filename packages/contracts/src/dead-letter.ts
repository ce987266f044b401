import type { DomainEvent } from './domain-event';

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
        /** Whether key or value is too long to be stored completely. Such a message cannot be redriven. */
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
