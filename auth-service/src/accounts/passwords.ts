import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { FairQueue } from '../fair-queue';

export interface PasswordCost {
  /** KiB. */
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/** OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane. */
export const OWASP_COST: PasswordCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** The size of the thread pool. It leaves one core for everything else. */
export const HASHING_THREADS = Math.max(1, availableParallelism() - 1);

/** The sender of passwords that no client sent. */
export const OWN_SENDER = 'auth-service';

/** Tasks queued in the thread pool itself, so that no thread waits for the event loop between two tasks. */
const POOL_QUEUE = 1;

/**
 * A few seconds of work, so that 300 players behind one address can log in at the same moment. With a longer queue, clients would
 * time out before the answer. Senders take turns, so the queue of one address does not delay another.
 */
const MAX_WAITING_PER_THREAD = 300;
/** Shorter than the request timeout, so that the client gets a specific problem. */
const MAX_WAIT_MS = 6_000;

/**
 * Hashes and verifies passwords with Argon2id (the library's default) off the event loop. The number of threads and the queue are
 * bounded, and the queue is fair between senders. Every method throws QueueFull if the queue is full.
 */
export class Passwords {
  private readonly queue: FairQueue;
  private readonly dummyHash: Promise<string>;

  constructor(
    private readonly cost: PasswordCost = OWASP_COST,
    threads: number = HASHING_THREADS,
    maxWaiting: number = threads * MAX_WAITING_PER_THREAD,
    maxWaitMs: number = MAX_WAIT_MS,
  ) {
    this.queue = new FairQueue(threads + POOL_QUEUE, maxWaiting, maxWaitMs);
    this.dummyHash = this.hash(randomBytes(32).toString('base64'), OWN_SENDER);
  }

  get waiting(): number {
    return this.queue.waiting;
  }

  /** @param sender the client's network, or OWN_SENDER */
  hash(password: string, sender: string): Promise<string> {
    return this.queue.run(sender, () => hash(normalise(password), this.cost));
  }

  /** @param passwordHash null if there is no account; verification then takes as long, so that timing does not reveal it */
  async verify(password: string, passwordHash: string | null, sender: string): Promise<boolean> {
    const expected = passwordHash ?? (await this.dummyHash);
    const isRight = await this.queue.run(sender, () => verify(expected, normalise(password)));
    return isRight && passwordHash !== null;
  }
}

/** Keyboards may produce different code points for the same characters (RFC 8265, 4.2.2). */
const normalise = (password: string): string => password.normalize('NFC');
