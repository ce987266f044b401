import { TokenBuckets } from './token-buckets';

describe('token buckets', () => {
  it('give a burst, then what comes back with time', () => {
    let now = 0;
    const buckets = new TokenBuckets(2, 3, () => now);
    expect([1, 2, 3].map(() => buckets.take('a'))).toEqual([0, 0, 0]);
    expect(buckets.take('a')).toBe(0.5);
    expect(buckets.take('b')).toBe(0);
    now = 500;
    expect(buckets.take('a')).toBe(0);
    expect(buckets.take('a')).toBe(0.5);
    now = 60_000;
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 0.5]);
  });

  it('are not emptied further by asking too often', () => {
    const buckets = new TokenBuckets(1, 1, () => 0);
    expect([1, 2, 3].map(() => buckets.take('a'))).toEqual([0, 1, 1]);
  });
});
