import { isUtf8 } from 'node:buffer';
import { invalid } from './problem';

/**
 * Validates and normalises external text: valid UTF-8 (otherwise 400), then NFC. `createHttpService` applies this to every body,
 * query and path. Headers need no such rule, because a header becomes data only if it matches a pattern of plain ASCII.
 */

const BYTE_ORDER_MARK = '\ufeff';

/**
 * Decodes a request body. Skips a byte order mark at its beginning, as RFC 8259, section 8.1, allows.
 * @throws Problem VALIDATION_FAILED for bytes that are not UTF-8, including overlong forms and encoded surrogates
 */
export const decodeBody = (bytes: Buffer): string => {
  if (!isUtf8(bytes)) throw invalid({ field: 'body', message: 'must be valid UTF-8' });
  const text = bytes.toString('utf8');
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
};

/**
 * Checks the query of a raw request target, which lenient parsers would otherwise leave encoded or repair.
 * @throws Problem VALIDATION_FAILED unless it is plain ASCII that decodes to valid UTF-8
 */
export const requireDecodableQuery = (target: string): void => {
  const start = target.indexOf('?');
  if (start < 0 || isDecodable(target.slice(start + 1))) return;
  throw invalid({ field: 'query', message: 'must be percent-encoded UTF-8; a literal percent sign is %25' });
};

const isDecodable = (query: string): boolean => {
  if (/[^\x21-\x7e]|#/.test(query)) return false;
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false;
  }
};

/**
 * Normalises every text in a value to NFC, including member names.
 * @param value JSON, or the fields of a query or path
 * @throws Problem VALIDATION_FAILED for half of a surrogate pair, and for two members whose names are equal in NFC
 */
export const toNfc = (value: unknown, field = ''): unknown => {
  if (typeof value === 'string') return wellFormed(value, field).normalize('NFC');
  if (typeof value !== 'object' || value === null || isAscii(value)) return value;
  const within = (name: string) => (field === '' ? name : `${field}.${name}`).slice(0, 200);
  if (Array.isArray(value)) return value.map((item, index) => toNfc(item, within(`${index}`)));
  const members = new Map<string, unknown>();
  for (const [key, member] of Object.entries(value)) {
    const name = wellFormed(key, field === '' ? 'body' : field).normalize('NFC');
    if (members.has(name)) throw invalid({ field: within(name), message: 'must be given once' });
    members.set(name, toNfc(member, within(name)));
  }
  return Object.fromEntries(members);
};

/** Returns whether all text is plain ASCII, which is in NFC and has no surrogates. @param value checked at its top level only */
const isAscii = (value: object): boolean =>
  Object.entries(value).every(([key, member]) => ASCII.test(key) && typeof member === 'string' && ASCII.test(member));

const ASCII = /^[\x00-\x7f]*$/;

const wellFormed = (text: string, field: string): string => {
  if (/\p{Cs}/u.test(text)) throw invalid({ field, message: 'must not contain half of a surrogate pair' });
  return text;
};
