import { backoff, sleep } from '@rewards/async';
import { reject } from './accounts/accounts.problems';

/** Somebody else replaced the document first. */
export const LOST = Symbol('lost the race');

const MAX_ATTEMPTS = 20;
const pauseMs = backoff({ firstMs: 2, maxMs: 100, jitter: 'full' });

/**
 * Repeats an attempt, each of which reads anew, until it has not lost its race.
 * @throws Rejected LOST_RACES when it lost too often; nothing was written then
 */
export const untilWon = async <T>(attempt: () => Promise<T | typeof LOST>): Promise<T> => {
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await attempt();
    if (outcome !== LOST) return outcome;
    if (attempts === MAX_ATTEMPTS) return reject('LOST_RACES');
    await sleep(pauseMs(attempts));
  }
};
