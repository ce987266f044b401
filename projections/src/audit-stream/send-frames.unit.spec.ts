import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { endFrame } from './frames';
import { sendFrames } from './send-frames';

describe('sendFrames', () => {
  const clientOf = () => new PassThrough({ highWaterMark: 1 }) as PassThrough & ServerResponse;

  it('sends the end reason to a client that does not read, and requests at most two frames for it', async () => {
    const client = clientOf();
    let requested = 0;
    const frames = async function* () {
      for (;;) yield `frame ${(requested += 1)};`;
    };
    const ended = new AbortController();
    const sending = sendFrames(client, frames(), ended.signal);
    setImmediate(() => ended.abort('TOKEN_EXPIRED'));
    await sending;
    const sent = await text(client);
    expect(sent).toBe(
      `${Array.from({ length: requested }, (_, index) => `frame ${index + 1};`).join('')}${endFrame('TOKEN_EXPIRED')}`,
    );
    expect(requested).toBeLessThanOrEqual(2);
  });
});
