import { LRUCache } from 'lru-cache';

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** The state of a bucket after a request. */
export interface BucketState {
  /** Seconds until a token is available; 0 if the request took one. */
  readonly secondsToWait: number;
  /** Remaining whole tokens. */
  readonly remaining: number;
  /** Seconds until the bucket is full again. */
  readonly secondsToFull: number;
}

const MAX_BUCKETS = 50_000;

/** Token buckets by key, in memory. Their number is limited: the least recently used one is dropped, and so becomes full again. */
export class TokenBuckets {
  private readonly buckets = new LRUCache<string, Bucket>({ max: MAX_BUCKETS });

  /**
   * @param perSecond tokens added per second
   * @param burst tokens of a full bucket
   * @param now milliseconds of a monotonic clock
   */
  constructor(
    readonly perSecond: number,
    readonly burst: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Takes a token from the bucket of a key if one is available. */
  take(key: string): BucketState {
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
