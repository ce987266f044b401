const { MONGODB_URL, KAFKA_BROKERS } = process.env;

/** Real engines notice late that a client has died: a broker, when its session has ended. */
const FACTOR = MONGODB_URL || KAFKA_BROKERS ? 4 : 1;

/** Something answers, or settles, within this time, or never. */
export const PATIENCE_MS = 60_000 * FACTOR;
/** When the log has told nothing new for so long, what is missing does not come any more. */
export const QUIET_MS = 15_000 * FACTOR;
