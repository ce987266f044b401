import { until } from './until';

const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => new Error('it held'),
    (error: Error) => error,
  );

describe('until', () => {
  it('returns the first value that holds', async () => {
    let count = 0;
    await expect(
      until(
        'five',
        () => (count += 1),
        (value) => value >= 5,
      ),
    ).resolves.toBe(5);
  });

  it('returns the first truthy value by default', async () => {
    const values = [0, null, 'here'];
    await expect(until('a value', () => values.shift())).resolves.toBe('here');
  });

  it('reports the awaited value and the last value on a timeout', async () => {
    const error = await failureOf(
      until(
        'three logins',
        () => ({ logins: 2 }),
        ({ logins }) => logins === 3,
        { withinMs: 20 },
      ),
    );
    expect(error.message).toBe('three logins: not within 20 ms; the last value was { logins: 2 }');
  });

  it('retries a read that throws, and reports its error as the cause', async () => {
    let isFirst = true;
    const failsOnce = () => {
      if (!isFirst) return 'read';
      isFirst = false;
      throw new Error('not yet');
    };
    await expect(until('a read', failsOnce)).resolves.toBe('read');

    const cause = new Error('connection refused');
    const error = await failureOf(until('an answer', () => Promise.reject(cause), Boolean, { withinMs: 20 }));
    expect(error.message).toBe('an answer: not within 20 ms; the last read failed: Error: connection refused');
    expect(error.cause).toBe(cause);
  });

  it('times out if a read does not end', async () => {
    const error = await failureOf(until('an end', () => new Promise(() => undefined), Boolean, { withinMs: 20 }));
    expect(error.message).toBe('an end: not within 20 ms; nothing was read, and the next read did not end');
  });
});
