import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { endFrame, type EndReason } from './frames';

/** How long a client that takes nothing is given for the end. */
const END_PATIENCE_MS = 1_000;

/**
 * Sends pieces as the client takes them: the next one is requested when the last has left this process. Ends with the reason of
 * the signal when it aborts, or at once when the connection closes: the guard of the connections closes that of a client that
 * does not read.
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
