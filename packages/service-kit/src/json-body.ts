import sjson from 'secure-json-parse';
import { invalid } from './problem';
import { decodeBody, toNfc } from './text';

const MAX_DEPTH = 12;

/**
 * Parses a request body.
 * @returns the object with its text in NFC, or undefined for an empty body
 * @throws Problem VALIDATION_FAILED for what is not UTF-8, not JSON, not an object, nested too deep, or names a prototype
 */
export const parseJsonBody = (bytes: Buffer): object | undefined => {
  const text = decodeBody(bytes);
  if (text.trim() === '') return undefined;
  if (depthOf(text) > MAX_DEPTH) throw invalid({ field: 'body', message: `must not be nested deeper than ${MAX_DEPTH} levels` });
  const body = parse(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid({ field: 'body', message: 'must be a JSON object' });
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

const parse = (text: string): unknown => {
  try {
    return sjson.parse(text, null, { protoAction: 'error', constructorAction: 'error' });
  } catch {
    throw invalid({ field: 'body', message: 'must be JSON without prototype keys' });
  }
};

/** Deepest nesting of brackets outside of strings; enough to bound recursion before anything is built. */
const depthOf = (text: string): number => {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charCodeAt(index);
    if (isInString) {
      if (character === 0x5c) index += 1;
      else if (character === 0x22) isInString = false;
    } else if (character === 0x22) isInString = true;
    else if (character === 0x7b || character === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (character === 0x7d || character === 0x5d) depth -= 1;
  }
  return deepest;
};
