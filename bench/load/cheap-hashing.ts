/** Costs of passwords in loads that measure everything else. */
export const CHEAP_COST = { memoryCost: 8, timeCost: 1, parallelism: 1 } as const;
