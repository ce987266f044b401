import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { endFrame, type EndReason } from './frames';

/** How long a client that does not read may take to receive the last frame. */
const END_PATIENCE_MS = 1_000;

/**
 * Sends frames at the client's pace: requests the next one when the last one has left this process. When the signal aborts, sends
 * its reason and ends. Ends immediately when the connection closes; the connection guard closes that of a client that does not
 * read.
 */
export const sendFrames = async (response: ServerResponse, frames: AsyncIterable<string>, signal: AbortSignal): Promise<void> => {
  for await (const frame of frames) {
    if (signal.aborted || response.destroyed) break;
    if (response.write(frame)) continue;
    if (!(await isDrained(response, signal))) break;
  }
  if (response.destroyed) return;
  response.end(endFrame(signal.reason as EndReason));
  setTimeout(() => response.destroy(), END_PATIENCE_MS).unref();
};

/** @returns false when the signal aborted, as it does when the connection closes */
const isDrained = async (response: ServerResponse, signal: AbortSignal): Promise<boolean> => {
  try {
    await once(response, 'drain', { signal });
    return true;
  } catch {
    return false;
  }
};
