import { retry as retryAny, type RetryOptions } from '@rewards/async';
import { isDamaged } from './failures';

/**
 * Runs a task until it succeeds, with exponential backoff.
 * @throws the last error when the signal aborts, and at once an error of an engine that no retry repairs
 */
export const retry = <T>(task: () => Promise<T>, options: Omit<RetryOptions, 'isPermanent'>): Promise<T> =>
  retryAny(task, { ...options, isPermanent: isDamaged });
