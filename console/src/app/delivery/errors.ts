import type { errorTexts } from './error-texts';

type ErrorKey = keyof typeof errorTexts.en;

/** The sentences with which an attempt fails, as the server stores them. */
const SENTENCES: Readonly<Record<string, ErrorKey>> = {
  "The player's inventory is full.": 'inventoryFull',
  'The receiver answered 410: it no longer exists.': 'gone',
  'The answer of the receiver is larger than 16 KiB.': 'oversized',
  'The receiver did not answer within the time limit.': 'timedOut',
  'The attempt was interrupted.': 'interrupted',
  'The signing secret of the endpoint is lost. Rotate it.': 'secretLost',
  'The signing secret of the endpoint cannot be read at the moment.': 'secretUnreadable',
  'The address of the receiver is refused, because it is not public.': 'addressRefused',
  'The receiver refused the connection.': 'connectionRefused',
  'The receiver closed the connection without an answer.': 'connectionClosed',
  'The name of the receiver does not resolve.': 'unknownHost',
  'The name of the receiver cannot be resolved at the moment.': 'unresolved',
  'TLS failed: the certificate of the receiver is not valid for its name.': 'tls',
  'The answer of the receiver is not valid HTTP.': 'notHttp',
  'The receiver cannot be reached.': 'unreachable',
  'The message bus is unavailable.': 'busUnavailable',
  'The endpoint was removed.': 'endpointRemoved',
};

const WITH_STATUS: readonly (readonly [pattern: RegExp, key: ErrorKey])[] = [
  [/^The receiver answered (\d{3})\.$/, 'answered'],
  [/^The receiver rejected the message with (\d{3})\.$/, 'rejected'],
  [/^The receiver answered (\d{3})\. Redirects are not followed\.$/, 'redirected'],
];

/** Returns the text of an error that the server stored; null if this console does not know it. */
export const explainError = (error: string): { readonly key: ErrorKey; readonly status: string } | null => {
  if (Object.hasOwn(SENTENCES, error)) return { key: SENTENCES[error] as ErrorKey, status: '' };
  for (const [pattern, key] of WITH_STATUS) {
    const status = pattern.exec(error)?.[1];
    if (status !== undefined) return { key, status };
  }
  return null;
};
