import { TokenBuckets } from './token-buckets';

describe('token buckets', () => {
  it('allow a burst, then refill at a steady rate', () => {
    let now = 0;
    const buckets = new TokenBuckets(2, 3, () => now);
    const wait = (key: string) => buckets.take(key).secondsToWait;
    expect([1, 2, 3].map(() => wait('a'))).toEqual([0, 0, 0]);
    expect(wait('a')).toBe(0.5);
    expect(buckets.take('b')).toEqual({ secondsToWait: 0, remaining: 2, secondsToFull: 0.5 });
    now = 500;
    expect(wait('a')).toBe(0);
    expect(wait('a')).toBe(0.5);
    now = 60_000;
    expect([1, 2, 3, 4].map(() => wait('a'))).toEqual([0, 0, 0, 0.5]);
  });

  it('lose no tokens to rejected requests', () => {
    const buckets = new TokenBuckets(1, 1, () => 0);
    expect([1, 2, 3].map(() => buckets.take('a').secondsToWait)).toEqual([0, 1, 1]);
  });
});
