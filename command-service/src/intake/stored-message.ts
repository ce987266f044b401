import { textOf, type DeadLettered } from '@rewards/contracts';
import { MAX_APPEND_BYTES } from '@rewards/event-store';
import type { DeliveredMessage } from '@rewards/message-bus';

/** For everything but key and value: at most 6 kB of error, the names, the ids and the metadata. */
const RESERVED_BYTES = 16_384;

type StoredMessage = Pick<DeadLettered, 'key' | 'keyBase64' | 'payload' | 'payloadBase64' | 'isCut'>;

interface Part {
  readonly text: string;
  readonly base64?: string | null;
  readonly isCut?: boolean;
  /** Bytes that it takes as JSON. */
  readonly size: number;
}

/**
 * Key and value as one append can hold them: text as it is, everything else in base64. Nothing is lost up to 770,000 bytes of key
 * and value together, whatever they are, and up to a million of plain text. Above that, the end is cut off.
 */
export const storedMessage = ({ key, value }: Pick<DeliveredMessage, 'key' | 'value'>): StoredMessage => {
  const room = MAX_APPEND_BYTES - RESERVED_BYTES;
  const keyPart = stored(key, room);
  const valuePart = stored(value, room - keyPart.size);
  return {
    key: keyPart.text,
    ...(keyPart.base64 !== undefined && { keyBase64: keyPart.base64 }),
    payload: valuePart.text,
    ...(valuePart.base64 !== undefined && { payloadBase64: valuePart.base64 }),
    ...((keyPart.isCut || valuePart.isCut) && { isCut: true }),
  };
};

const stored = (bytes: Buffer | null, room: number): Part => {
  if (bytes === null) return { text: '', base64: null, size: 0 };
  const text = textOf(bytes);
  const size = text === null ? Infinity : Buffer.byteLength(JSON.stringify(text));
  if (text !== null && size <= room) return { text, size };
  const kept = bytes.subarray(0, lengthWithin(bytes, Math.floor(room / 4) * 3));
  const base64 = kept.toString('base64');
  return { text: '', base64, size: base64.length, ...(kept.length < bytes.length && { isCut: true }) };
};

/** Cuts between two characters, so that what is kept of a text is a text. */
const lengthWithin = (bytes: Buffer, room: number): number => {
  if (bytes.length <= room) return bytes.length;
  let length = Math.max(room, 0);
  while (length > 0 && (bytes[length]! & 0xc0) === 0x80) length -= 1;
  return length;
};
