import { retry as retryAny, type RetryOptions } from '@rewards/async';
import { isDamaged } from './failures';

/**
 * Runs a task until it succeeds, with exponential backoff.
 * @throws the last error if the signal aborts; the error of a damaged engine at once
 */
export const retry = <T>(task: () => Promise<T>, options: Omit<RetryOptions, 'isPermanent'>): Promise<T> =>
  retryAny(task, { ...options, isPermanent: isDamaged });
