import { decodeUtf8 } from '@rewards/contracts';
import type { DeliveredMessage, Message } from './message-bus';

/** The largest total of all names and values of a message's headers, in bytes of UTF-8. */
export const MAX_HEADER_BYTES = 65_536;

/** Returns the size of headers: the bytes of all names and values in UTF-8. */
export const headerBytes = (headers: DeliveredMessage['headers']): number =>
  Object.entries(headers).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);

/** Lone surrogates have no UTF-8 form, so an engine would store other text. */
const isText = (value: unknown): boolean => typeof value === 'string' && !/\p{Surrogate}/u.test(value);

/**
 * Checks the headers of messages before any of them is published. Every adapter calls it first.
 * @throws TypeError that names the header
 */
export const assertHeaders = (messages: readonly Message[]): void => {
  for (const { headers = {} } of messages) {
    for (const [name, value] of Object.entries(headers)) {
      if (name === '') throw new TypeError('a header has an empty name');
      if (!isText(name)) throw new TypeError(`the name of the header ${JSON.stringify(name)} is not text that UTF-8 can encode`);
      if (!isText(value))
        throw new TypeError(`the value of the header ${JSON.stringify(name)} is not text that UTF-8 can encode`);
    }
    const bytes = headerBytes(headers);
    if (bytes > MAX_HEADER_BYTES)
      throw new TypeError(`the headers of a message have ${bytes} bytes, and at most ${MAX_HEADER_BYTES} are allowed`);
  }
};

/** Header values as a driver delivers them: bytes, or a list if a name was sent several times. */
export type RawHeaders = Readonly<Record<string, unknown>>;

/**
 * Returns the headers that are text, by name; of a repeated name, the last value. Leaves out values that are missing or not UTF-8,
 * and headers without a name.
 */
export const textHeaders = (raw: RawHeaders = {}): DeliveredMessage['headers'] =>
  Object.fromEntries(
    Object.entries(raw).flatMap(([name, values]) => {
      const value = Array.isArray(values) ? (values.at(-1) as unknown) : values;
      const text = Buffer.isBuffer(value) ? decodeUtf8(value) : null;
      return text === null || name === '' ? [] : [[name, text]];
    }),
  );
