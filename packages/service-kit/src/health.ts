/** Throws when the part is not ready now. */
export type ReadinessCheck = () => Promise<unknown>;

export interface Readiness {
  readonly ready: boolean;
  readonly parts: Readonly<Record<string, 'up' | 'down'>>;
}

const CHECK_TIMEOUT_MS = 1_500;

/**
 * Asks every engine and part at once; one that does not answer in time is down.
 * @param reported parts that are named, but whose being away does not make the service unready
 */
export const checkReadiness = async (
  checks: Readonly<Record<string, ReadinessCheck>>,
  reported: Readonly<Record<string, ReadinessCheck>> = {},
): Promise<Readiness> => {
  const parts = await Promise.all(
    Object.entries({ ...checks, ...reported }).map(
      async ([name, check]) => [name, (await succeedsInTime(check)) ? 'up' : 'down'] as const,
    ),
  );
  return {
    ready: parts.every(([name, state]) => state === 'up' || !Object.hasOwn(checks, name)),
    parts: Object.fromEntries(parts),
  };
};

const succeedsInTime = (check: ReadinessCheck): Promise<boolean> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS);
    check()
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(() => clearTimeout(timer));
  });
