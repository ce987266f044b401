declare const brand: unique symbol;

/**
 * A place in the log: 32 hexadecimal digits, 16 for the commit position and 16 for the prepare position of EventStoreDB.
 * The fixed width makes byte order the log's order in every engine and index. Only this file creates positions; check other
 * text with `isPosition`. Before the first event, use `START`, never an empty text.
 */
export type Position = string & { readonly [brand]: 'Position' };

/** Before the first domain event of any log. */
export const START = '0'.repeat(32) as Position;

/** @param commit place of the transaction in the log @param prepare equal to `commit` for engines with a single number */
export const formatPosition = (commit: bigint | number, prepare: bigint | number = commit): Position =>
  (commit.toString(16).padStart(16, '0') + prepare.toString(16).padStart(16, '0')) as Position;

/** @returns the two halves of a position. */
export const parsePosition = (position: Position): { commit: bigint; prepare: bigint } => ({
  commit: BigInt(`0x${position.slice(0, 16)}`),
  prepare: BigInt(`0x${position.slice(16)}`),
});

/**
 * A place in one log that a reader stores and resumes from. It identifies the log and the event at the position. So a reader
 * detects a replaced, restored or truncated log instead of resuming at the wrong event.
 */
export interface Checkpoint {
  readonly logId: string;
  readonly position: Position;
  /** Id of the event at the position. Null before the first event, and in checkpoints of versions that stored no id. */
  readonly eventId: string | null;
}

/** @returns the checkpoint before the first event of a log */
export const startOf = (logId: string): Checkpoint => ({ logId, position: START, eventId: null });

/** Whether text has the form of a position. */
export const isPosition = (text: string): text is Position => /^[0-9a-f]{32}$/.test(text);

/**
 * A write returns this token, and a query can wait for it: the position of the last event written, followed by the first 16
 * hexadecimal digits of that event's id. If the log has another event there after a restore, it does not contain the write.
 */
export type ConsistencyToken = string;

const TOKEN = /^[0-9a-f]{32}([0-9a-f]{16})?$/;

/** @returns the token of an event */
export const tokenOf = ({ position, eventId }: { readonly position: Position; readonly eventId: string }): ConsistencyToken =>
  position + eventIdDigits(eventId);

/** Whether text has the form of a consistency token. A position alone is one too: it matches any event at that place. */
export const isToken = (text: string): boolean => TOKEN.test(text);

/** @returns the position in a token */
export const positionOfToken = (token: ConsistencyToken): Position => token.slice(0, 32) as Position;

/** Whether a token belongs to an event. @param eventId id of the event at the token's position, null if the log has none */
export const isTokenOf = (token: ConsistencyToken, eventId: string | null): boolean =>
  eventId !== null && eventIdDigits(eventId).startsWith(token.slice(32));

const eventIdDigits = (eventId: string): string => eventId.replaceAll('-', '').slice(0, 16);
