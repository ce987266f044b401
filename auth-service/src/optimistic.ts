import { setTimeout as delay } from 'node:timers/promises';
import { reject } from './accounts/accounts.problems';

/** Somebody else replaced the document first. */
export const LOST = Symbol('lost the race');

const MAX_ATTEMPTS = 20;
const FIRST_BACKOFF_MS = 1;
const MAX_BACKOFF_MS = 100;

/**
 * Repeats an attempt, each of which reads anew, until it has not lost its race.
 * @throws Rejected LOST_RACES when it lost too often; nothing was written then
 */
export const untilWon = async <T>(attempt: () => Promise<T | typeof LOST>): Promise<T> => {
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await attempt();
    if (outcome !== LOST) return outcome;
    if (attempts === MAX_ATTEMPTS) return reject('LOST_RACES');
    await delay(Math.random() * Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempts));
  }
};
