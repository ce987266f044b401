import { backoff, sleep } from '@rewards/async';
import { reject } from './accounts/accounts.problems';

/** The result of an attempt that failed on a version conflict. */
export const CONFLICT = Symbol('lost the race');

const MAX_ATTEMPTS = 20;
const pauseMs = backoff({ firstMs: 2, maxMs: 100, jitter: 'full' });

/**
 * Repeats an attempt until it does not fail on a version conflict. Each attempt reads the document again.
 * @throws Rejected LOST_RACES after too many conflicts; nothing was written
 */
export const retryOnConflict = async <T>(attempt: () => Promise<T | typeof CONFLICT>): Promise<T> => {
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await attempt();
    if (outcome !== CONFLICT) return outcome;
    if (attempts === MAX_ATTEMPTS) return reject('LOST_RACES');
    await sleep(pauseMs(attempts));
  }
};
