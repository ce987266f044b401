import { FairKeyedQueue, FairQueue, QueueFull } from './fair-queue';

const held = () => {
  let release = () => {};
  const promise = new Promise<void>((resolve) => (release = resolve));
  return { promise, release };
};
const settled = () => new Promise(setImmediate);

describe('a fair queue', () => {
  it('runs as many tasks at once as it may, and the rest of one sender in the order they came', async () => {
    const queue = new FairQueue(2, 10);
    const started: number[] = [];
    const holds = [0, 1, 2, 3].map(() => held());
    const done = holds.map(({ promise }, index) => queue.run('a', async () => (started.push(index), promise)));
    await settled();
    expect(started).toEqual([0, 1]);
    expect(queue.waiting).toBe(2);
    holds[1]?.release();
    await settled();
    expect(started).toEqual([0, 1, 2]);
    holds.forEach(({ release }) => release());
    await Promise.all(done);
    expect(started).toEqual([0, 1, 2, 3]);
    expect(queue.isIdle).toBe(true);
    expect(queue.waiting).toBe(0);
  });

  it('lets senders take turns, however long the backlog of one is', async () => {
    const queue = new FairQueue(1, 100);
    const hold = held();
    const order: string[] = [];
    const run = (sender: string, name: string) => queue.run(sender, async () => void order.push(name));
    const first = queue.run('a', () => hold.promise);
    const others = [run('a', 'a1'), run('a', 'a2'), run('a', 'a3'), run('b', 'b1'), run('b', 'b2'), run('c', 'c1')];
    hold.release();
    await Promise.all([first, ...others]);
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('refuses the sender that fills it, and makes room for another by dropping the newest task of the longest backlog', async () => {
    const queue = new FairQueue(1, 3);
    const hold = held();
    const first = queue.run('a', () => hold.promise);
    const backlog = ['a1', 'a2', 'a3'].map((name) => queue.run('a', async () => name));
    const outcomes = Promise.allSettled(backlog);
    await expect(queue.run('a', async () => 'a4')).rejects.toMatchObject({ isOfSender: true });
    const other = queue.run('b', async () => 'b1');
    hold.release();
    await first;
    await expect(other).resolves.toBe('b1');
    expect((await outcomes).map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason))).toEqual([
      'a1',
      'a2',
      expect.objectContaining({ name: 'QueueFull', isOfSender: true }),
    ]);
    await expect(queue.run('a', async () => 'again')).resolves.toBe('again');
  });

  it('refuses what has waited too long, and blames the sender that was behind its own tasks', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    try {
      const queue = new FairQueue(1, 100, 6_000);
      const hold = held();
      const first = queue.run('a', () => hold.promise);
      const outcomes = Promise.allSettled(['a', 'a', 'b'].map((sender) => queue.run(sender, async () => sender)));
      await settled();
      jest.advanceTimersByTime(6_001);
      expect(
        (await outcomes).map((outcome) => outcome.status === 'rejected' && (outcome.reason as QueueFull).isOfSender),
      ).toEqual([false, true, false]);
      expect(queue.waiting).toBe(0);
      hold.release();
      await first;
      expect(queue.isIdle).toBe(true);
      await expect(queue.run('a', async () => 'again')).resolves.toBe('again');
    } finally {
      jest.useRealTimers();
    }
  });

  it('blames no sender when many with one task each fill it', async () => {
    const queue = new FairQueue(1, 2);
    const hold = held();
    const running = ['a', 'b', 'c'].map((sender) => queue.run(sender, () => hold.promise));
    await expect(queue.run('d', async () => 'd')).rejects.toMatchObject({ isOfSender: false });
    await expect(queue.run('b', async () => 'b')).rejects.toBeInstanceOf(QueueFull);
    hold.release();
    await Promise.all(running);
  });

  it('goes on after a task that failed', async () => {
    const queue = new FairQueue(1, 1);
    await expect(queue.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(queue.run('a', async () => 'yes')).resolves.toBe('yes');
  });
});

describe('a fair queue per key', () => {
  it('lets one key wait without delaying another, and forgets idle keys', async () => {
    const queues = new FairKeyedQueue(10);
    const hold = held();
    const order: string[] = [];
    const first = queues.run('a', 'x', async () => (await hold.promise, void order.push('a1')));
    const second = queues.run('a', 'x', async () => void order.push('a2'));
    await queues.run('b', 'x', async () => void order.push('b1'));
    hold.release();
    await Promise.all([first, second]);
    expect(order).toEqual(['b1', 'a1', 'a2']);
    expect((queues as unknown as { queues: Map<string, unknown> }).queues.size).toBe(0);
  });
});
