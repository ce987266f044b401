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
  const fault = findJsonFault(text, MAX_DEPTH);
  if (fault) throw invalid(fault);
  const body = JSON.parse(text) as unknown;
  if (Array.isArray(body)) throw invalid({ field: 'body', message: `must be a JSON object, not a list: ${insteadOfList}` });
  if (typeof body !== 'object' || body === null) throw invalid({ field: 'body', message: 'must be a JSON object' });
  const normalised = toNfc(body) as object;
  const reserved = objectKeyOf(normalised);
  if (reserved !== undefined) throw invalid({ field: reserved, message: 'is not a known field' });
  return normalised;
};

/**
 * A key, at any depth, that objects have of their own accord, such as `toString`: class-validator takes what is inherited for a
 * known field, and Nest's pipe and class-transformer drop the others before anything could refuse them.
 */
export const objectKeyOf = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = key in Object.prototype || key === 'prototype' ? key : objectKeyOf(item);
    if (found !== undefined) return found;
  }
  return undefined;
};
