import { singleFlight } from './single-flight';

describe('a single flight', () => {
  it('is shared by all who ask meanwhile, and begun anew afterwards', async () => {
    let runs = 0;
    const ask = singleFlight(async () => ++runs);
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
    expect(await ask()).toBe(2);
  });

  it('keeps its result as long as it was told to', async () => {
    let runs = 0;
    let now = 0;
    const ask = singleFlight(
      async () => ++runs,
      () => 10,
      () => now,
    );
    expect(await ask()).toBe(1);
    now = 9;
    expect(await ask()).toBe(1);
    now = 10;
    expect(await ask()).toBe(2);
  });

  it('keeps no failure', async () => {
    let runs = 0;
    const ask = singleFlight(
      async () => {
        runs += 1;
        if (runs === 1) throw new Error('away');
        return runs;
      },
      () => 10,
    );
    await expect(ask()).rejects.toThrow('away');
    expect(await ask()).toBe(2);
  });
});
