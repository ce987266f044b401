declare const brand: unique symbol;

/**
 * A place in the log: 32 hexadecimal digits, the commit position and the prepare position of EventStoreDB with 16 each.
 * Fixed width, so byte order is the log's order, in every engine and in every index. Only this file makes one: other text is a
 * position after `isPosition`. "Nowhere yet" is `START`, never an empty text.
 */
export type Position = string & { readonly [brand]: 'Position' };

/** Before the first domain event of any log. */
export const START = '0'.repeat(32) as Position;

/** @param commit place of the transaction in the log; `prepare` defaults to it for engines that know only one number. */
export const formatPosition = (commit: bigint | number, prepare: bigint | number = commit): Position =>
  (commit.toString(16).padStart(16, '0') + prepare.toString(16).padStart(16, '0')) as Position;

/** @returns the two halves of a position. */
export const parsePosition = (position: Position): { commit: bigint; prepare: bigint } => ({
  commit: BigInt(`0x${position.slice(0, 16)}`),
  prepare: BigInt(`0x${position.slice(16)}`),
});

/**
 * A place in one log that a reader stores and resumes from. It names the log and the event at the position, so that a log
 * that was replaced, restored or cut is recognised instead of being read on from a place that means something else there.
 */
export interface Checkpoint {
  readonly logId: string;
  readonly position: Position;
  /** Id of the event at the position. Null before the first event, and in checkpoints stored before ids were. */
  readonly eventId: string | null;
}

/** The place before the first event of a log. */
export const startOf = (logId: string): Checkpoint => ({ logId, position: START, eventId: null });

/** Whether text has the form of a position. */
export const isPosition = (text: string): text is Position => /^[0-9a-f]{32}$/.test(text);

/**
 * What a write answers with and a query waits for: the position of the last event written, followed by the first 16
 * hexadecimal digits of that event's id. A log that holds another event there, after a restore, does not contain the write.
 */
export type ConsistencyToken = string;

const TOKEN = /^[0-9a-f]{32}([0-9a-f]{16})?$/;

/** @returns the token of an event */
export const tokenOf = ({ position, eventId }: { readonly position: Position; readonly eventId: string }): ConsistencyToken =>
  position + eventIdDigits(eventId);

/** Whether text has the form of a consistency token. A position alone has it too: it names any event at that place. */
export const isToken = (text: string): boolean => TOKEN.test(text);

/** @returns the position that a token names */
export const positionOfToken = (token: ConsistencyToken): Position => token.slice(0, 32) as Position;

/** @param eventId of the event that the log has at the token's position, null if it has none */
export const isTokenOf = (token: ConsistencyToken, eventId: string | null): boolean =>
  eventId !== null && eventIdDigits(eventId).startsWith(token.slice(32));

const eventIdDigits = (eventId: string): string => eventId.replaceAll('-', '').slice(0, 16);
