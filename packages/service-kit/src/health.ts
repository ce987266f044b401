import { deadline } from '@rewards/async';

/** Throws if the part is not ready. */
export type ReadinessCheck = () => Promise<unknown>;

export interface Readiness {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, 'up' | 'down'>>;
  /** The reason for each part that is down, with the remedy if one is known. */
  readonly reasons: Readonly<Record<string, string>>;
}

export interface ReadinessOptions {
  /** Called with the outcome of each part: null, or why it is down. */
  readonly observe: (part: string, error: unknown) => void;
  /** @returns the reason for an operator */
  readonly describe: (part: string, error: unknown) => string;
}

const CHECK_TIMEOUT_MS = 1_500;

/**
 * Checks all engines and parts concurrently. One that does not respond in time is down.
 * @param reported parts that are reported, but do not affect readiness
 */
export const checkReadiness = async (
  checks: Readonly<Record<string, ReadinessCheck>>,
  reported: Readonly<Record<string, ReadinessCheck>>,
  { observe, describe }: ReadinessOptions,
): Promise<Readiness> => {
  const failures = await Promise.all(
    Object.entries({ ...checks, ...reported }).map(async ([name, check]) => [name, await failureInTime(check)] as const),
  );
  for (const [name, error] of failures) observe(name, error);
  return {
    ready: failures.every(([name, error]) => error === null || !Object.hasOwn(checks, name)),
    parts: Object.fromEntries(failures.map(([name, error]) => [name, error === null ? 'up' : 'down'])),
    reasons: Object.fromEntries(failures.flatMap(([name, error]) => (error === null ? [] : [[name, describe(name, error)]]))),
  };
};

/** @returns null if the check succeeds */
const failureInTime = async (check: ReadinessCheck): Promise<unknown> => {
  try {
    await deadline(check(), CHECK_TIMEOUT_MS, () => new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`));
    return null;
  } catch (error) {
    return error ?? new Error('failed');
  }
};
