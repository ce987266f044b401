import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { Gate } from '../gate';

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

/** Handed to the pool beside the ones that run, so that no thread waits for the event loop to bring the next. */
const AHEAD = 1;

/** A few seconds of work: who would wait longer is told to come back. */
const MAX_WAITING_PER_THREAD = 100;

/**
 * Argon2id (the library's default) off the event loop, on a bounded number of threads with a bounded queue.
 * Every method throws GateFull when the queue is full.
 */
export class Passwords {
  private readonly gate: Gate;
  private readonly dummyHash: Promise<string>;

  constructor(
    private readonly cost: PasswordCost = OWASP_COST,
    threads: number = HASHING_THREADS,
    maxWaiting: number = threads * MAX_WAITING_PER_THREAD,
  ) {
    this.gate = new Gate(threads + AHEAD, maxWaiting);
    this.dummyHash = this.hash(randomBytes(32).toString('base64'));
  }

  get waiting(): number {
    return this.gate.waiting;
  }

  hash(password: string): Promise<string> {
    return this.gate.run(() => hash(normalise(password), this.cost));
  }

  /** @param passwordHash null where there is no account: the same work is done, so that time does not tell */
  async verify(password: string, passwordHash: string | null): Promise<boolean> {
    const expected = passwordHash ?? (await this.dummyHash);
    const isRight = await this.gate.run(() => verify(expected, normalise(password)));
    return isRight && passwordHash !== null;
  }
}

/** The same characters from another keyboard are the same password (RFC 8265, 4.2.2). */
const normalise = (password: string): string => password.normalize('NFC');
