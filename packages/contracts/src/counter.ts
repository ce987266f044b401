/** The only collection of command-service (database `command`) that other services may read: checkpoints of the counter and of each backfill. */
export const COUNTER_CHECKPOINTS = { name: 'checkpoints', indexes: [] } as const;

/** Id of the counter's own checkpoint. Every login up to its position was counted, judged not to count, or left to a catch-up. */
export const COUNTER_CHECKPOINT = 'counter';
