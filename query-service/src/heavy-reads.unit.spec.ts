import { HeavyReads } from './heavy-reads';

const never = new AbortController().signal;
const settled = () => new Promise(setImmediate);

describe('heavy reads', () => {
  it('run up to the limit concurrently, and the others in order of arrival', async () => {
    const reads = new HeavyReads(2, 60_000);
    const started: number[] = [];
    const finish: (() => void)[] = [];
    const all = [0, 1, 2, 3].map((read) =>
      reads.run(never, async () => {
        started.push(read);
        await new Promise<void>((resolve) => (finish[read] = resolve));
      }),
    );
    await settled();
    expect(started).toEqual([0, 1]);
    finish[1]?.();
    await settled();
    expect(started).toEqual([0, 1, 2]);
    finish[0]?.();
    finish[2]?.();
    await settled();
    finish[3]?.();
    await Promise.all(all);
    await expect(reads.run(never, async () => 'free')).resolves.toBe('free');
  });

  it('are rejected when they cannot start in time', async () => {
    const reads = new HeavyReads(1, 1);
    const release = await reads.acquire(never);
    await expect(reads.acquire(never)).rejects.toMatchObject({ reason: 'TOO_MANY_LONG_READS' });
    release();
    release();
    const releaseSecond = await reads.acquire(never);
    await expect(reads.acquire(never)).rejects.toMatchObject({ reason: 'TOO_MANY_LONG_READS' });
    releaseSecond();
  });

  it('leave the queue when their client disconnects', async () => {
    const reads = new HeavyReads(1, 60_000);
    const release = await reads.acquire(never);
    const client = new AbortController();
    const waiting = reads.acquire(client.signal);
    const next = reads.acquire(never);
    client.abort(new Error('disconnected'));
    await expect(waiting).rejects.toThrow('disconnected');
    release();
    await expect(next).resolves.toBeInstanceOf(Function);
    await expect(reads.acquire(client.signal)).rejects.toThrow('disconnected');
  });

  it('free their slot when they fail', async () => {
    const reads = new HeavyReads(1, 0);
    await expect(reads.run(never, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await expect(reads.run(never, async () => 'free')).resolves.toBe('free');
  });
});
