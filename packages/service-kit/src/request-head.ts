import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FieldError } from '@rewards/contracts';

/** Returns the client's `X-Request-Id` if it is valid, otherwise a new id. */
export const requestIdOf = ({ headers }: Pick<IncomingMessage, 'headers'>): string => {
  const value = headers['x-request-id'];
  return typeof value === 'string' && /^[A-Za-z0-9._-]{1,100}$/.test(value) ? value : randomUUID();
};

/** Returns the fault of a request without a `Host`; null if it has one or needs none. */
export const hostFault = ({ headers, httpVersion }: Pick<IncomingMessage, 'headers' | 'httpVersion'>): FieldError | null =>
  headers.host === undefined && httpVersion === '1.1' ? { field: 'host', message: 'must be given' } : null;
