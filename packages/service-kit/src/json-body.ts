import { findJsonFault } from './json-text';
import { invalid } from './problem';
import { decodeBody, toNfc } from './text';

const MAX_DEPTH = 12;

/**
 * Parses a request body.
 * @param insteadOfList advice for a client that sends a list
 * @returns the object with its text in NFC, or undefined for an empty body
 * @throws Problem VALIDATION_FAILED if the body is not UTF-8, not JSON, not an object, nested too deep, repeats a member, names a
 *   member that all objects inherit, or contains a number that is not an integer
 */
export const parseJsonBody = (bytes: Buffer, insteadOfList = 'send one object'): object | undefined => {
  const text = decodeBody(bytes);
  if (text.trim() === '') return undefined;
  const plain = parsePlain(text);
  if (plain) return plain;
  const fault = findJsonFault(text, MAX_DEPTH);
  if (fault) throw invalid(fault);
  const body = JSON.parse(text) as unknown;
  if (Array.isArray(body)) throw invalid({ field: 'body', message: `must be a JSON object, not a list: ${insteadOfList}` });
  if (!isObject(body)) throw invalid({ field: 'body', message: 'must be a JSON object' });
  const normalised = toNfc(body) as object;
  const reserved = objectKeyOf(normalised);
  if (reserved !== undefined) throw invalid({ field: reserved, message: 'is not a known field' });
  return normalised;
};

/**
 * Parses the usual case quickly: an object exactly as `JSON.stringify` writes it, with its text in NFC. Such an object repeats no
 * member, and its numbers are exact. @returns null if a full check is needed
 */
const parsePlain = (text: string): object | null => {
  // An escape may encode a character that NFC composes, or half of a surrogate pair.
  if (text.includes('\\u') || text.normalize('NFC') !== text) return null;
  try {
    const value = JSON.parse(text) as unknown;
    return isObject(value) && isPlain(value, 1) && JSON.stringify(value) === text ? value : null;
  } catch {
    return null;
  }
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param depth of the value, if it is an object or a list */
const isPlain = (value: unknown, depth: number): boolean => {
  if (typeof value === 'number') return Number.isInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth <= MAX_DEPTH && Object.entries(value).every(([key, item]) => !isReserved(key) && isPlain(item, depth + 1));
};

/**
 * Finds a key, at any depth, that all objects inherit, such as `toString`. class-validator treats inherited keys as known fields,
 * and Nest's pipe and class-transformer drop the others before they could be rejected.
 */
export const objectKeyOf = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = isReserved(key) ? key : objectKeyOf(item);
    if (found !== undefined) return found;
  }
  return undefined;
};

const isReserved = (key: string): boolean => key in Object.prototype || key === 'prototype';
