import { ApiProblem } from '../shared/api/problem';

const ATTEMPTS = 4;
const FIRST_DELAY_MS = 400;
/** A player waits no longer than this. Later, the page shows the problem and a button. */
const MAX_DELAY_MS = 4_000;

/**
 * Sends a request, and retries while there is no answer or the server asks for a retry. The request must be the same each time.
 * @throws ApiProblem of the last attempt, or of the first one that a retry cannot change
 */
export const retrying = async <Answer>(
  send: () => Promise<Answer>,
  signal?: AbortSignal,
  pause: (ms: number) => Promise<void> = wait,
): Promise<Answer> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ApiProblem) || !error.isTemporary || attempt === ATTEMPTS) throw error;
      const delay = error.retryAfterMs ?? FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
      if (delay > MAX_DELAY_MS) throw error;
      await pause(delay);
      signal?.throwIfAborted();
    }
  }
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
