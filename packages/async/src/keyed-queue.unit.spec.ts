import { KeyedQueue } from './keyed-queue';
import { nextTurn as turn } from './sleep';

describe('KeyedQueue', () => {
  let queue: KeyedQueue;
  let log: string[];

  /** A task that settles when the test calls `end` or `fail`. */
  const task = (name: string) => {
    let end = (): void => undefined;
    let fail = (_error: Error): void => undefined;
    const ending = new Promise<string>((resolve, reject) => {
      end = () => resolve(name);
      fail = reject;
    });
    const run = (): Promise<string> => {
      log.push(name);
      return ending;
    };
    return { run, end: () => end(), fail: (error: Error) => fail(error) };
  };

  beforeEach(() => {
    queue = new KeyedQueue();
    log = [];
  });

  it('runs the tasks of one key one at a time, in order of arrival', async () => {
    const tasks = ['first', 'second', 'third'].map(task);
    const results = tasks.map(({ run }) => queue.run('key', run));
    for (const [index, { end }] of tasks.entries()) {
      await turn();
      expect(log).toEqual(['first', 'second', 'third'].slice(0, index + 1));
      end();
    }
    expect(await Promise.all(results)).toEqual(['first', 'second', 'third']);
  });

  it('runs tasks of different keys concurrently', async () => {
    const [slow, quick] = [task('slow'), task('quick')];
    const waiting = queue.run('one', slow.run);
    const done = queue.run('two', quick.run);
    quick.end();
    expect(await done).toBe('quick');
    slow.end();
    expect(await waiting).toBe('slow');
  });

  it('rejects only the caller of the failed task, and runs the next task', async () => {
    const [failing, next] = [task('failing'), task('next')];
    const failed = expect(queue.run('key', failing.run)).rejects.toThrow('failed');
    const done = queue.run('key', next.run);
    failing.fail(new Error('failed'));
    next.end();
    await failed;
    expect(await done).toBe('next');
  });

  it('rejects when a task throws synchronously, and runs the next task', async () => {
    const thrower = (): Promise<void> => {
      throw new Error('thrown');
    };
    await expect(queue.run('key', thrower)).rejects.toThrow('thrown');
    expect(await queue.run('key', () => Promise.resolve('next'))).toBe('next');
  });

  it('keeps the order of arrival for 100 tasks', async () => {
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        queue.run('key', async () => {
          await turn();
          order.push(index);
        }),
      ),
    );
    expect(order).toEqual([...order.keys()]);
  });

  it('removes a key after its last task', async () => {
    const running = task('running');
    const results = Array.from({ length: 50 }, (_, index) => queue.run(`key-${index}`, () => Promise.resolve()));
    const failed = queue.run('failing', () => Promise.reject(new Error('failed'))).catch(() => undefined);
    const last = queue.run('key-0', running.run);
    await Promise.all([...results, failed]);
    await turn();
    expect(queue.size).toBe(1);
    running.end();
    await last;
    await turn();
    expect(queue.size).toBe(0);
  });
});
