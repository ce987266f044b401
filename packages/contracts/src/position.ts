/**
 * A place in the log: 32 hexadecimal digits, the commit position and the prepare position of EventStoreDB with 16 each.
 * Fixed width, so byte order is the log's order, in every engine and in every index.
 */
export type Position = string;

/** Before the first fact of any log. */
export const START: Position = '0'.repeat(32);

/** @param commit place of the transaction in the log; `prepare` defaults to it for engines that know only one number. */
export const formatPosition = (commit: bigint | number, prepare: bigint | number = commit): Position =>
  commit.toString(16).padStart(16, '0') + prepare.toString(16).padStart(16, '0');

/** @returns the two halves of a position. */
export const parsePosition = (position: Position): { commit: bigint; prepare: bigint } => ({
  commit: BigInt(`0x${position.slice(0, 16)}`),
  prepare: BigInt(`0x${position.slice(16)}`),
});

/** Whether a client's token has the form of a position. */
export const isPosition = (token: string): boolean => /^[0-9a-f]{32}$/.test(token);
