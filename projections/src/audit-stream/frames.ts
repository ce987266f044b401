import type { Position } from '@rewards/contracts';

/** Why a stream was ended by the service. */
export type EndReason = 'TOKEN_EXPIRED' | 'ACCOUNT_ERASED' | 'SHUTTING_DOWN' | 'FAILED';

/** Server-Sent Events as https://html.spec.whatwg.org/#server-sent-events writes them. JSON has no raw line breaks. */

/** One fact; its id is what a reader resumes after. */
export const factFrame = (position: Position, fact: object): string => `id: ${position}\ndata: ${JSON.stringify(fact)}\n\n`;

/** Everything that the log had when the reader came has been read. */
export const caughtUpFrame = (searched: Position): string =>
  `event: caught-up\nid: ${searched}\ndata: ${JSON.stringify({ position: searched })}\n\n`;

/** Comments of 32 KiB, in lines that any reader accepts. */
const PADDING = `:${' '.repeat(1_022)}\n`.repeat(32);

/**
 * No event to a reader, as it has no data; its id says how far the log was searched, and what to resume after. It is long so that
 * a few of them fill what the kernel accepts on behalf of a reader that no longer reads: short ones would keep its slot for hours.
 */
export const heartbeatFrame = (searched: Position): string => `: searched\nid: ${searched}\n${PADDING}\n`;

export const endFrame = (reason: EndReason): string => `event: end\ndata: ${JSON.stringify({ reason })}\n\n`;
