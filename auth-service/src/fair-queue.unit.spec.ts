import { FairKeyedQueue, FairQueue, QueueFull } from './fair-queue';

const blocker = () => {
  let release = () => {};
  const promise = new Promise<void>((resolve) => (release = resolve));
  return { promise, release };
};
const nextTick = () => new Promise(setImmediate);

describe('FairQueue', () => {
  it('runs tasks up to its concurrency, and queues further tasks of a sender in order', async () => {
    const queue = new FairQueue(2, 10);
    const started: number[] = [];
    const holds = [0, 1, 2, 3].map(() => blocker());
    const done = holds.map(({ promise }, index) => queue.run('a', async () => (started.push(index), promise)));
    await nextTick();
    expect(started).toEqual([0, 1]);
    expect(queue.waiting).toBe(2);
    holds[1]?.release();
    await nextTick();
    expect(started).toEqual([0, 1, 2]);
    holds.forEach(({ release }) => release());
    await Promise.all(done);
    expect(started).toEqual([0, 1, 2, 3]);
    expect(queue.isIdle).toBe(true);
    expect(queue.waiting).toBe(0);
  });

  it('alternates between senders, regardless of the length of their backlogs', async () => {
    const queue = new FairQueue(1, 100);
    const hold = blocker();
    const order: string[] = [];
    const run = (sender: string, name: string) => queue.run(sender, async () => void order.push(name));
    const first = queue.run('a', () => hold.promise);
    const others = [run('a', 'a1'), run('a', 'a2'), run('a', 'a3'), run('b', 'b1'), run('b', 'b2'), run('c', 'c1')];
    hold.release();
    await Promise.all([first, ...others]);
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('rejects a sender that fills it, and makes room for another by rejecting the newest task of the longest backlog', async () => {
    const queue = new FairQueue(1, 3);
    const hold = blocker();
    const first = queue.run('a', () => hold.promise);
    const backlog = ['a1', 'a2', 'a3'].map((name) => queue.run('a', async () => name));
    const outcomes = Promise.allSettled(backlog);
    await expect(queue.run('a', async () => 'a4')).rejects.toMatchObject({ isCausedBySender: true });
    const other = queue.run('b', async () => 'b1');
    hold.release();
    await first;
    await expect(other).resolves.toBe('b1');
    expect((await outcomes).map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason))).toEqual([
      'a1',
      'a2',
      expect.objectContaining({ name: 'QueueFull', isCausedBySender: true }),
    ]);
    await expect(queue.run('a', async () => 'again')).resolves.toBe('again');
  });

  it('rejects tasks that wait too long, and attributes the delay to a sender queued behind its own tasks', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    try {
      const queue = new FairQueue(1, 100, 6_000);
      const hold = blocker();
      const first = queue.run('a', () => hold.promise);
      const outcomes = Promise.allSettled(['a', 'a', 'b'].map((sender) => queue.run(sender, async () => sender)));
      await nextTick();
      jest.advanceTimersByTime(6_001);
      expect(
        (await outcomes).map((outcome) => outcome.status === 'rejected' && (outcome.reason as QueueFull).isCausedBySender),
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

  it('attributes a full queue to no sender when each sender has one task', async () => {
    const queue = new FairQueue(1, 2);
    const hold = blocker();
    const running = ['a', 'b', 'c'].map((sender) => queue.run(sender, () => hold.promise));
    await expect(queue.run('d', async () => 'd')).rejects.toMatchObject({ isCausedBySender: false });
    await expect(queue.run('b', async () => 'b')).rejects.toBeInstanceOf(QueueFull);
    hold.release();
    await Promise.all(running);
  });

  it('continues after a failed task', async () => {
    const queue = new FairQueue(1, 1);
    await expect(queue.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(queue.run('a', async () => 'yes')).resolves.toBe('yes');
  });
});

describe('FairKeyedQueue', () => {
  it('runs the tasks of each key independently, and removes idle keys', async () => {
    const queues = new FairKeyedQueue(10);
    const hold = blocker();
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
