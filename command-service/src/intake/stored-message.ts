import { decodeUtf8, type DeadLettered } from '@rewards/contracts';
import { MAX_APPEND_BYTES } from '@rewards/event-store';
import { headerBytes, MAX_HEADER_BYTES, type DeliveredMessage } from '@rewards/message-bus';

/** Room for everything except key and value: up to 6 kB of error text, names, ids and metadata. */
const RESERVED_BYTES = 16_384;

type StoredMessage = Pick<DeadLettered, 'key' | 'keyBase64' | 'payload' | 'payloadBase64' | 'headers' | 'isCut'>;

interface Part {
  readonly text: string;
  readonly base64?: string | null;
  readonly isCut?: boolean;
  /** Size of the JSON text in bytes. */
  readonly size: number;
}

/**
 * Returns key and value in a form that fits in one append: text unchanged, everything else in base64. Up to 770,000 bytes of any
 * content, or a million bytes of plain text, are stored completely. Beyond that, the end is cut off. The headers are stored completely
 * or, if they are longer than the bus would accept or do not fit beside key and value, not at all.
 */
export const storedMessage = ({ key, value, headers }: Pick<DeliveredMessage, 'key' | 'value' | 'headers'>): StoredMessage => {
  const room = MAX_APPEND_BYTES - RESERVED_BYTES;
  const keyPart = stored(key, room);
  const valuePart = stored(value, room - keyPart.size);
  const roomForHeaders = room - keyPart.size - valuePart.size;
  const fit = headerBytes(headers) <= MAX_HEADER_BYTES && Buffer.byteLength(JSON.stringify(headers)) <= roomForHeaders;
  const hasHeaders = Object.keys(headers).length > 0;
  return {
    key: keyPart.text,
    ...(keyPart.base64 !== undefined && { keyBase64: keyPart.base64 }),
    payload: valuePart.text,
    ...(valuePart.base64 !== undefined && { payloadBase64: valuePart.base64 }),
    ...(hasHeaders && fit && { headers }),
    ...((keyPart.isCut || valuePart.isCut || (hasHeaders && !fit)) && { isCut: true }),
  };
};

const stored = (bytes: Buffer | null, room: number): Part => {
  if (bytes === null) return { text: '', base64: null, size: 0 };
  const text = decodeUtf8(bytes);
  const size = text === null ? Infinity : Buffer.byteLength(JSON.stringify(text));
  if (text !== null && size <= room) return { text, size };
  const kept = bytes.subarray(0, lengthWithin(bytes, Math.floor(room / 4) * 3));
  const base64 = kept.toString('base64');
  return { text: '', base64, size: base64.length, ...(kept.length < bytes.length && { isCut: true }) };
};

/** Returns the greatest length within the limit that does not split a UTF-8 character. */
const lengthWithin = (bytes: Buffer, room: number): number => {
  if (bytes.length <= room) return bytes.length;
  let length = Math.max(room, 0);
  while (length > 0 && (bytes[length]! & 0xc0) === 0x80) length -= 1;
  return length;
};
