const { MONGODB_URL, KAFKA_BROKERS } = process.env;

/** Real engines are slower to detect a dead client: a broker waits until its session expires. */
const FACTOR = MONGODB_URL || KAFKA_BROKERS ? 4 : 1;

/** Time limit for an answer to a retried request, and for the system to reach an expected state. */
export const TIMEOUT_MS = 60_000 * FACTOR;
/** If the log has not grown for this long, missing entries count as lost. */
export const STALL_MS = 15_000 * FACTOR;
