import { KEPT, LiveTail, type OpenStream } from './live-tail';

const frame = (position: number): string => `id: ${position}\ndata: ${JSON.stringify({ position: String(position) })}\n\n`;
const caughtUp = (position: number): string => `event: caught-up\nid: ${position}\ndata: {}\n\n`;

/** A server whose streams a test writes and ends. */
const createServer = () => {
  const opened: { after: string; isResumed: boolean }[] = [];
  const streams: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>[] = [];
  const waits: number[] = [];
  const refusals: unknown[] = [];
  const open: OpenStream = async (after, isResumed) => {
    opened.push({ after, isResumed });
    const refusal = refusals.shift();
    if (refusal) throw refusal;
    return new ReadableStream({ start: (controller) => void streams.push(controller) });
  };
  const server = {
    opened,
    waits,
    refusals,
    write: (text: string) => streams.at(-1)?.enqueue(new TextEncoder().encode(text)),
    end: () => streams.at(-1)?.close(),
    cut: () => streams.at(-1)?.error(new TypeError('network error')),
  };
  let now = 0;
  const tail = new LiveTail({
    after: '0',
    open,
    wait: async (ms) => void waits.push(ms),
    now: () => now,
    schedule: (run) => run(),
  });
  const until = async (holds: () => boolean): Promise<void> => {
    for (let turns = 0; !holds(); turns += 1) {
      if (turns > 1_000) throw new Error(`It did not happen: ${holds}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { server, tail, until, tick: (ms: number) => void (now += ms) };
};

const positions = (tail: LiveTail): string[] => tail.current().facts.map(({ position }) => position);

describe('the live tail', () => {
  it('replays, catches up and shows the newest first', async () => {
    const { server, tail, until } = createServer();
    tail.start();
    await until(() => tail.current().state.kind === 'replaying');
    server.write(frame(1) + frame(2));
    await until(() => tail.current().received === 2);
    expect(positions(tail)).toEqual(['2', '1']);
    expect(tail.current().state.kind).toBe('replaying');
    server.write(caughtUp(2));
    await until(() => tail.current().state.kind === 'caught-up');
    tail.stop();
  });

  it('resumes a pause after the last position', async () => {
    const { server, tail, until } = createServer();
    tail.start();
    await until(() => server.opened.length === 1);
    server.write(frame(1) + caughtUp(1));
    await until(() => tail.current().received === 1);
    tail.pause();
    expect(tail.current().state.kind).toBe('paused');
    tail.start();
    await until(() => server.opened.length === 2);
    expect(server.opened).toEqual([
      { after: '0', isResumed: false },
      { after: '1', isResumed: true },
    ]);
    tail.stop();
  });

  it('ignores what arrives after a pause, which the resumed stream sends again', async () => {
    const { server, tail, until } = createServer();
    tail.start();
    await until(() => tail.current().state.kind === 'replaying');
    server.write(frame(1));
    tail.pause();
    tail.start();
    await until(() => server.opened.length === 2);
    expect(server.opened[1]?.after).toBe('0');
    server.write(frame(1));
    await until(() => tail.current().received === 1);
    expect(positions(tail)).toEqual(['1']);
    tail.stop();
  });

  it('resumes after a heartbeat that says how far the log was searched', async () => {
    const { server, tail, until } = createServer();
    tail.start();
    await until(() => tail.current().state.kind === 'replaying');
    server.write(': searched\nid: 99\n\n');
    await until(() => tail.current().position === '99');
    server.cut();
    await until(() => server.opened.length === 2);
    expect(server.opened[1]).toEqual({ after: '99', isResumed: true });
    tail.stop();
  });

  it('waits longer after each attempt that brings nothing', async () => {
    const { server, tail, until } = createServer();
    const refusal = { isTemporary: true, retryAfterMs: null };
    server.refusals.push(refusal, refusal, refusal, { isTemporary: true, retryAfterMs: 7_000 });
    tail.start();
    await until(() => server.opened.length === 5);
    expect(server.waits).toEqual([500, 1_000, 2_000, 7_000]);
    tail.stop();
  });

  it('connects again at once if a stream that brought something ends, as with an expired token', async () => {
    const { server, tail, until } = createServer();
    tail.start();
    await until(() => tail.current().state.kind === 'replaying');
    server.write(frame(1));
    await until(() => tail.current().received === 1);
    server.end();
    await until(() => server.opened.length === 2);
    expect(server.waits).toEqual([]);
    expect(server.opened[1]?.after).toBe('1');
    tail.stop();
  });

  it('fails if the server refuses the stream for good, and can be started again', async () => {
    const { server, tail, until } = createServer();
    const refusal = { isTemporary: false };
    server.refusals.push(refusal);
    tail.start();
    await until(() => tail.current().state.kind === 'failed');
    expect(tail.current().state).toEqual({ kind: 'failed', error: refusal });
    tail.start();
    await until(() => tail.current().state.kind === 'replaying');
    tail.stop();
  });

  it('keeps the newest rows and counts all', async () => {
    const { server, tail, until } = createServer();
    const all = KEPT * 2 + 10;
    tail.start();
    await until(() => tail.current().state.kind === 'replaying');
    for (let first = 1; first <= all; first += 1_000)
      server.write(Array.from({ length: Math.min(1_000, all - first + 1) }, (_, index) => frame(first + index)).join(''));
    await until(() => tail.current().received === all);
    expect(tail.current().facts).toHaveLength(KEPT);
    expect(tail.current().facts[0]?.position).toBe(String(all));
    tail.stop();
  });

  it('reports the rate of the last seconds', async () => {
    const { server, tail, until, tick } = createServer();
    tail.start();
    await until(() => tail.current().state.kind === 'replaying');
    server.write(Array.from({ length: 50 }, (_, index) => frame(index)).join(''));
    await until(() => tail.current().received === 50);
    expect(tail.current().rate).toBe(10);
    tick(6_000);
    tail.refresh();
    expect(tail.current().rate).toBe(0);
    tail.stop();
  });
});
