import type { Position } from '@rewards/contracts';

/** Why the service ended a stream. */
export type EndReason = 'TOKEN_EXPIRED' | 'ACCOUNT_ERASED' | 'SHUTTING_DOWN' | 'FAILED';

// Server-Sent Events: https://html.spec.whatwg.org/#server-sent-events. JSON has no raw line breaks, so one `data` line suffices.

/** Formats one domain event. A reader resumes after its id. */
export const factFrame = (position: Position, fact: object): string => `id: ${position}\ndata: ${JSON.stringify(fact)}\n\n`;

/** Formats the frame that is sent once, when the stream has reached the head that the log had when it started. */
export const caughtUpFrame = (searched: Position): string =>
  `event: caught-up\nid: ${searched}\ndata: ${JSON.stringify({ position: searched })}\n\n`;

/** Comments of 32 KiB in total, in lines that are short enough for any client. */
const PADDING = `:${' '.repeat(1_022)}\n`.repeat(32);

/**
 * Formats a heartbeat. Clients dispatch no event for it, as it has no data. Its id is the position up to which the log was
 * searched; a client resumes after it. The padding lets a few heartbeats fill the kernel's buffer for a client that no longer
 * reads. Short heartbeats would keep the slot of such a client occupied for hours.
 */
export const heartbeatFrame = (searched: Position): string => `: searched\nid: ${searched}\n${PADDING}\n`;

/** Formats the last frame of a stream. */
export const endFrame = (reason: EndReason): string => `event: end\ndata: ${JSON.stringify({ reason })}\n\n`;
