import { INVENTORY_FULL, MAX_REFERENCE_LENGTH } from '@rewards/contracts';
import type { Outcome } from '../sender';

type WithoutTime<Kind> = Kind extends Outcome ? Omit<Kind, 'tookMs'> : never;
/** An outcome, before the time that it took is added. */
export type Result = WithoutTime<Outcome>;

/** An answer of a receiver. */
export interface Answer {
  readonly status: number;
  /** The header `Retry-After`; null without it. */
  readonly retryAfter: string | null;
  /** The body; null if it is too large. */
  readonly text: string | null;
}

/** Statuses that ask for another attempt although they are 4xx. The receiver works. */
const RETRIED_4XX: ReadonlySet<number> = new Set([408, 425, 429]);
const MAY_BE_FULL: ReadonlySet<number> = new Set([409, 422]);

/**
 * Classifies the answer of a receiver.
 * @param now in milliseconds since 1970, with which the date of a `Retry-After` is compared
 */
export const resultOf = ({ status, retryAfter, text }: Answer, now: number): Result => {
  const retry = (error: string, isEndpointDown = true): Result => ({
    kind: 'retry',
    status,
    error,
    retryAfterSeconds: retryAfterSecondsOf(retryAfter, now),
    isEndpointDown,
  });
  const needsBody = (status >= 200 && status < 300) || MAY_BE_FULL.has(status);
  if (needsBody && text === null) return retry(OVERSIZED);
  if (status >= 200 && status < 300) {
    const reference = referenceIn(text ?? '');
    return { kind: 'delivered', status, ...(reference !== null && { reference }) };
  }
  if (MAY_BE_FULL.has(status) && memberOf(text ?? '', 'code') === INVENTORY_FULL)
    return { kind: 'inventoryFull', status, error: "The player's inventory is full." };
  if (status === 410) return { kind: 'gone', status, error: 'The receiver answered 410: it no longer exists.' };
  if (RETRIED_4XX.has(status)) return retry(`The receiver answered ${status}.`, false);
  if (status >= 400 && status < 500)
    return { kind: 'rejected', status, error: `The receiver rejected the message with ${status}.` };
  if (status >= 300 && status < 400) return retry(`The receiver answered ${status}. Redirects are not followed.`);
  return retry(`The receiver answered ${status}.`);
};

const OVERSIZED = 'The answer of the receiver is larger than 16 KiB.';
const TIMED_OUT = 'The receiver did not answer within the time limit.';

const unanswered = (error: string): Result => ({
  kind: 'retry',
  status: null,
  error,
  retryAfterSeconds: null,
  isEndpointDown: true,
});

/** The result of an attempt that took too long. */
export const timedOut = unanswered(TIMED_OUT);
/** The result of an attempt that this process ended. The receiver is not to blame. */
export const stopped: Result = {
  kind: 'retry',
  status: null,
  error: 'The attempt was interrupted.',
  retryAfterSeconds: null,
  isEndpointDown: false,
};
export const secretLost = unanswered('The signing secret of the endpoint is lost. Rotate it.');
export const secretUnreadable = unanswered('The signing secret of the endpoint cannot be read at the moment.');

const ERRORS: Readonly<Record<string, string>> = {
  ADDRESS_REFUSED: 'The address of the receiver is refused, because it is not public.',
  ECONNREFUSED: 'The receiver refused the connection.',
  ECONNRESET: 'The receiver closed the connection without an answer.',
  EPIPE: 'The receiver closed the connection without an answer.',
  UND_ERR_SOCKET: 'The receiver closed the connection without an answer.',
  ENOTFOUND: 'The name of the receiver does not resolve.',
  EAI_AGAIN: 'The name of the receiver cannot be resolved at the moment.',
  ETIMEDOUT: TIMED_OUT,
  UND_ERR_CONNECT_TIMEOUT: TIMED_OUT,
  UND_ERR_HEADERS_OVERFLOW: OVERSIZED,
  UND_ERR_RES_EXCEEDED_MAX_SIZE: OVERSIZED,
};
const TLS_ERROR = /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|EPROTO|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_|INVALID_CA)/;

/** Classifies the failure of an attempt without an answer. The text of the error is not used, because a receiver can influence it. */
export const resultOfError = (error: unknown): Result => {
  const code = String((error as NodeJS.ErrnoException | null)?.code);
  if (Object.hasOwn(ERRORS, code)) return unanswered(ERRORS[code] as string);
  if (TLS_ERROR.test(code)) return unanswered('TLS failed: the certificate of the receiver is not valid for its name.');
  if ((error as Error | null)?.name === 'HTTPParserError') return unanswered('The answer of the receiver is not valid HTTP.');
  return unanswered('The receiver cannot be reached.');
};

const SECONDS = /^\d+$/;
const HTTP_DATE = /^[A-Z][a-z]+, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** Parses seconds or a date (RFC 9110, 10.2.3). @returns null for anything else */
const retryAfterSecondsOf = (text: string | null, now: number): number | null => {
  const value = text?.trim() ?? '';
  if (SECONDS.test(value)) return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
  const date = HTTP_DATE.test(value) ? value : ASCTIME_DATE.test(value) ? `${value} GMT` : '';
  const at = Date.parse(date);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1_000));
};

/** Control characters, and halves of a surrogate pair, which UTF-8 cannot encode. */
const UNSTORABLE = /[\p{Cc}\p{Surrogate}]/u;

const referenceIn = (text: string): string | null => {
  // Most answers have no body, and an exception of the parser would cost more than the rest of an answer.
  if (text === '') return null;
  const reference = memberOf(text, 'reference');
  if (typeof reference !== 'string' || UNSTORABLE.test(reference)) return null;
  const { length } = [...reference];
  return length >= 1 && length <= MAX_REFERENCE_LENGTH ? reference : null;
};

/** Returns a member of a JSON object; undefined if the text is not one or has no such member. */
const memberOf = (text: string, name: string): unknown => {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
      ? (value as Readonly<Record<string, unknown>>)[name]
      : undefined;
  } catch {
    return undefined;
  }
};
