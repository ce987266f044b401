import { singleFlight } from './single-flight';

describe('singleFlight', () => {
  it('shares one run among concurrent callers, and starts a new run afterwards', async () => {
    let runs = 0;
    const call = singleFlight(async () => ++runs);
    expect(await Promise.all([call(), call(), call()])).toEqual([1, 1, 1]);
    expect(await call()).toBe(2);
  });

  it('reuses the result for the configured time', async () => {
    let runs = 0;
    let now = 0;
    const call = singleFlight(
      async () => ++runs,
      () => 10,
      () => now,
    );
    expect(await call()).toBe(1);
    now = 9;
    expect(await call()).toBe(1);
    now = 10;
    expect(await call()).toBe(2);
  });

  it('does not reuse a failure', async () => {
    let runs = 0;
    const call = singleFlight(
      async () => {
        runs += 1;
        if (runs === 1) throw new Error('unavailable');
        return runs;
      },
      () => 10,
    );
    await expect(call()).rejects.toThrow('unavailable');
    expect(await call()).toBe(2);
  });
});
