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

/** One core is left to everything else. The process gives this number of threads to its pool. */
export const HASHING_THREADS = Math.max(1, availableParallelism() - 1);

/** This process, where no client sends the password. */
export const OWN_SENDER = 'auth-service';

/** Handed to the pool beside the ones that run, so that no thread waits for the event loop to bring the next. */
const AHEAD = 1;

/**
 * A few seconds of work, so that 300 players behind one address can log in at the same moment. A longer queue would answer after
 * its clients have given up. Senders take turns, so the queue of one address does not delay another.
 */
const MAX_WAITING_PER_THREAD = 300;
/** Less than a service may take to answer, so that who waits in vain learns why. */
const MAX_WAIT_MS = 6_000;

/**
 * Argon2id (the library's default) off the event loop, on a bounded number of threads with a bounded queue that is fair between
 * senders. Every method throws QueueFull when the queue is full.
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
    this.queue = new FairQueue(threads + AHEAD, maxWaiting, maxWaitMs);
    this.dummyHash = this.hash(randomBytes(32).toString('base64'), OWN_SENDER);
  }

  get waiting(): number {
    return this.queue.waiting;
  }

  /** @param sender where the password comes from; OWN_SENDER: from no client */
  hash(password: string, sender: string): Promise<string> {
    return this.queue.run(sender, () => hash(normalise(password), this.cost));
  }

  /** @param passwordHash null where there is no account: the same work is done, so that time does not tell */
  async verify(password: string, passwordHash: string | null, sender: string): Promise<boolean> {
    const expected = passwordHash ?? (await this.dummyHash);
    const isRight = await this.queue.run(sender, () => verify(expected, normalise(password)));
    return isRight && passwordHash !== null;
  }
}

/** The same characters from another keyboard are the same password (RFC 8265, 4.2.2). */
const normalise = (password: string): string => password.normalize('NFC');
