import { sleep } from '@rewards/async';
import { positionOfToken, type Position } from '@rewards/contracts';
import { PATIENCE_MS } from './patience';

export interface Answer {
  readonly status: number;
  /** Where the log has what was recorded for it; null when nothing was. */
  readonly position: Position | null;
  // The body of an answer is what the test is about.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

const REQUEST_PATIENCE_MS = 8_000;

/** One attempt; null when its outcome is not known. */
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
      signal: AbortSignal.timeout(REQUEST_PATIENCE_MS),
    });
    const text = await response.text();
    if (response.status >= 500 || response.status === 429) return null;
    const written = response.headers.get('x-position');
    const position = written ? positionOfToken(written) : null;
    return { status: response.status, position, body: text === '' ? undefined : JSON.parse(text) };
  } catch {
    return null;
  }
};

/** Sends the same again until there is an answer. */
export const insist = async (send: () => Promise<Answer | null>, what: string): Promise<Answer> => {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await send();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`no answer in time: ${what}`);
    await sleep(20 + Math.random() * 80);
  }
};
