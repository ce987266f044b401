import type { Erasures } from '@rewards/service-kit/access-token-erasures';
import type { Call } from '@rewards/service-kit/call';
import type { OpenedStream } from './audit-streams';
import type { EndReason } from './frames';
import { sendFrames } from './send-frames';

/** Maximum delay of a timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Opens a stream and sends it until the client disconnects, the access token expires, the account is erased or the service
 * shuts down.
 * @param open opens the stream, which ends when the controller aborts
 */
export const sendAuditStream = async (
  { caller, reply }: Call,
  erasures: Erasures,
  open: (ended: AbortController) => Promise<OpenedStream>,
): Promise<void> => {
  const { raw } = reply;
  const ended = new AbortController();
  const endFor = (reason: EndReason) => () => ended.abort(reason);
  // Registered before the first await, so that a connection that closes early does not leave its stream open.
  raw.once('close', endFor('FAILED'));
  const { frames, close } = await open(ended);
  const expiresInMs = caller.expiresAt * 1_000 - Date.now();
  const expiry = setTimeout(endFor('TOKEN_EXPIRED'), Math.min(MAX_TIMER_MS, Math.max(0, expiresInMs)));
  const unwatch = erasures.watch(caller.accountId, endFor('ACCOUNT_ERASED'));

  reply.hijack();
  try {
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    });
    if (raw.req.method === 'HEAD') return void raw.end();
    raw.flushHeaders();
    await sendFrames(raw, frames, ended.signal);
  } catch {
    // The response has started, so a problem can no longer be sent. The client reconnects and resumes after the last id.
    raw.destroy();
  } finally {
    clearTimeout(expiry);
    unwatch();
    close();
  }
};
