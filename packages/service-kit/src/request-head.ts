import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FieldError } from '@rewards/contracts';

/** The client's own `X-Request-Id` if it is sane, otherwise a new one. */
export const requestIdOf = ({ headers }: Pick<IncomingMessage, 'headers'>): string => {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,100}$/.test(given) ? given : randomUUID();
};

/** What is wrong with a request without a `Host`; null if it has one or needs none. */
export const hostFault = ({ headers, httpVersion }: Pick<IncomingMessage, 'headers' | 'httpVersion'>): FieldError | null =>
  headers.host === undefined && httpVersion === '1.1' ? { field: 'host', message: 'must be given' } : null;
