import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { endFrame, type EndReason } from './frames';

export interface SendOptions {
  /** The stream ends when it aborts. Its reason is told to the client. */
  readonly signal: AbortSignal;
  /** How long a client may take nothing before the stream is ended. */
  readonly stallMs: number;
}

/** How long a client that takes nothing is given for the end. */
const END_PATIENCE_MS = 1_000;

/**
 * Sends pieces as the client takes them: the next one is asked for when the last has left this process. Ends with the
 * reason when the signal aborts or the client stands still; a client that has gone away ends it at once.
 */
export const sendFrames = async (
  response: ServerResponse,
  frames: AsyncIterable<string>,
  { signal, stallMs }: SendOptions,
): Promise<void> => {
  let reason: EndReason | null = null;
  for await (const frame of frames) {
    if (signal.aborted || response.destroyed) break;
    if (response.write(frame) || (await isDrained(response, signal, stallMs))) continue;
    if (!signal.aborted) reason = 'TOO_SLOW';
    break;
  }
  if (response.destroyed) return;
  response.end(endFrame(reason ?? (signal.reason as EndReason)));
  setTimeout(() => response.destroy(), END_PATIENCE_MS).unref();
};

/** @returns false when the client took nothing in time, or the signal aborted */
const isDrained = async (response: ServerResponse, signal: AbortSignal, stallMs: number): Promise<boolean> => {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  const timer = setTimeout(end, stallMs);
  signal.addEventListener('abort', end);
  try {
    await once(response, 'drain', { signal: ended.signal });
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
};
