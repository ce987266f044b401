import { LRUCache } from 'lru-cache';

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** What is left of a bucket after a request. */
export interface Level {
  /** Seconds until there is a token again; 0 if one was taken. */
  readonly secondsToWait: number;
  /** Whole tokens. */
  readonly remaining: number;
  /** Seconds until the bucket is full again. */
  readonly secondsToFull: number;
}

const MAX_BUCKETS = 50_000;

/** Token buckets by key, in memory and of a bounded number: the one not used for longest is forgotten, and so full again. */
export class TokenBuckets {
  private readonly buckets = new LRUCache<string, Bucket>({ max: MAX_BUCKETS });

  /**
   * @param perSecond tokens that come back in a second
   * @param burst tokens of a full bucket
   * @param now milliseconds of a clock that only goes forward
   */
  constructor(
    readonly perSecond: number,
    readonly burst: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Takes one token of the key's bucket if there is one. */
  take(key: string): Level {
    const now = this.now();
    const bucket = this.buckets.get(key) ?? { tokens: this.burst, filledAt: now };
    bucket.tokens = Math.min(this.burst, bucket.tokens + ((now - bucket.filledAt) / 1_000) * this.perSecond);
    bucket.filledAt = now;
    this.buckets.set(key, bucket);
    const secondsToWait = bucket.tokens < 1 ? (1 - bucket.tokens) / this.perSecond : 0;
    if (secondsToWait === 0) bucket.tokens -= 1;
    return {
      secondsToWait,
      remaining: Math.floor(bucket.tokens),
      secondsToFull: (this.burst - bucket.tokens) / this.perSecond,
    };
  }
}
