import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { endFrame } from './frames';
import { sendFrames } from './send-frames';

describe('sendFrames', () => {
  const clientOf = () => new PassThrough({ highWaterMark: 1 }) as PassThrough & ServerResponse;

  it('tells a client that took nothing in time why its stream ends, and asks for no more than it could take', async () => {
    const client = clientOf();
    let asked = 0;
    const frames = async function* () {
      for (;;) yield `frame ${(asked += 1)};`;
    };
    await sendFrames(client, frames(), { signal: new AbortController().signal, stallMs: 10 });
    const sent = await text(client);
    expect(sent).toBe(`${Array.from({ length: asked }, (_, index) => `frame ${index + 1};`).join('')}${endFrame('TOO_SLOW')}`);
    expect(asked).toBeLessThanOrEqual(2);
  });
});
