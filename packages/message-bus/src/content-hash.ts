import { createHash } from 'node:crypto';
import type { DeliveredMessage } from './message-bus';

/** Hashes a message's key and value byte for byte into 64 hex digits. A missing key or value differs from an empty one. */
export const contentHash = ({ key, value }: Pick<DeliveredMessage, 'key' | 'value'>): string => {
  const hash = createHash('sha256');
  for (const part of [key, value]) {
    hash.update(part === null ? 'none;' : `${part.length};`);
    if (part !== null) hash.update(part);
  }
  return hash.digest('hex');
};
