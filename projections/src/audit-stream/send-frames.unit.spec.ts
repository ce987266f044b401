import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { endFrame } from './frames';
import { sendFrames } from './send-frames';

describe('sendFrames', () => {
  const clientOf = () => new PassThrough({ highWaterMark: 1 }) as PassThrough & ServerResponse;

  it('tells a client that takes nothing why its stream ends, and requests no more than it can take', async () => {
    const client = clientOf();
    let asked = 0;
    const frames = async function* () {
      for (;;) yield `frame ${(asked += 1)};`;
    };
    const ended = new AbortController();
    const sending = sendFrames(client, frames(), ended.signal);
    setImmediate(() => ended.abort('TOKEN_EXPIRED'));
    await sending;
    const sent = await text(client);
    expect(sent).toBe(
      `${Array.from({ length: asked }, (_, index) => `frame ${index + 1};`).join('')}${endFrame('TOKEN_EXPIRED')}`,
    );
    expect(asked).toBeLessThanOrEqual(2);
  });
});
