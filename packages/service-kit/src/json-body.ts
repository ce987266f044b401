import { findJsonFault } from './json-text';
import { invalid } from './problem';
import { decodeBody, toNfc } from './text';

const MAX_DEPTH = 12;

/**
 * Parses a request body.
 * @param insteadOfList what to tell a client that sends a list
 * @returns the object with its text in NFC, or undefined for an empty body
 * @throws Problem VALIDATION_FAILED for what is not UTF-8, not JSON, not an object, nested too deep, names a member twice or a
 *   prototype, or contains a number that is not an integer
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
 * Parses what most clients send: an object exactly as `JSON.stringify` writes it, which names no member twice and changes no
 * number, with its text in NFC. @returns null for what needs a closer look
 */
const parsePlain = (text: string): object | null => {
  // An escape may stand for a character that is to be composed, or for half of a surrogate pair.
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
 * A key, at any depth, that objects have of their own accord, such as `toString`: class-validator takes what is inherited for a
 * known field, and Nest's pipe and class-transformer drop the others before anything could refuse them.
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
