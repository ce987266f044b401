import { sleep } from '@rewards/async';
import { positionOfToken, type Position } from '@rewards/contracts';
import { TIMEOUT_MS } from './timeouts';

export interface Answer {
  readonly status: number;
  /** Position of the domain event that the request recorded, or null if it recorded none. */
  readonly position: Position | null;
  // The body of an answer is what the test is about.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

const REQUEST_TIMEOUT_MS = 8_000;

/** Sends a request once. @returns null if the outcome is unknown: no answer, 429, or 5xx */
export const attempt = async (
  method: 'GET' | 'POST',
  url: string,
  token: string | null,
  body?: object,
): Promise<Answer | null> => {
  try {
    const response = await fetch(url, {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.status >= 500 || response.status === 429) return null;
    const positionToken = response.headers.get('x-position');
    const position = positionToken ? positionOfToken(positionToken) : null;
    return { status: response.status, position, body: text === '' ? undefined : JSON.parse(text) };
  } catch {
    return null;
  }
};

/** Retries a request until it is answered. @throws Error if it is not answered within the time limit */
export const retryUntilAnswered = async (send: () => Promise<Answer | null>, what: string): Promise<Answer> => {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const answer = await send();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: no answer within ${TIMEOUT_MS / 1_000} s`);
    await sleep(20 + Math.random() * 80);
  }
};
