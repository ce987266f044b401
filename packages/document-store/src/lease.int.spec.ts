import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasEnded, thisProcess, type ProcessIdentity } from '@rewards/async';
import { until } from '@rewards/testing/until';
import { openEmbeddedDocumentStore } from './adapters/embedded';
import { DocumentStoreDamaged, DocumentStoreUnavailable, type Collection, type DocumentStore } from './document-store';
import { LEASES, Lease, type Clock, type LeaseDocument, type LeaseOptions } from './lease';

/** The store works synchronously inside, so a bounded number of turns completes everything that can complete now. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 40; turn++) await new Promise(setImmediate);
};

class ManualClock implements Clock {
  private time = 0;
  private sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.time;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.sleepers.push({ at: this.time + ms, wake });
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (let next = this.nextBefore(end); next !== undefined; next = this.nextBefore(end)) {
      this.time = next;
      const due = this.sleepers.filter(({ at }) => at <= next);
      this.sleepers = this.sleepers.filter(({ at }) => at > next);
      for (const { wake } of due) wake();
      await settle();
    }
    this.time = end;
  }

  private nextBefore(end: number): number | undefined {
    return this.sleepers
      .map(({ at }) => at)
      .filter((at) => at <= end)
      .sort((a, b) => a - b)[0];
  }
}

describe('lease', () => {
  let directory: string;
  let store: DocumentStore;
  let leases: Collection<LeaseDocument>;
  let running: Contender[];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lease-'));
    store = openEmbeddedDocumentStore({ file: join(directory, 'documents.db') });
  });

  afterAll(async () => {
    await store.close();
    rmSync(directory, { recursive: true });
  });

  beforeEach(async () => {
    running = [];
    leases = await store.collection(LEASES);
  });

  afterEach(async () => {
    for (const contender of running) await contender.leave();
    await leases.drop();
  });

  /** Contends for the lease and holds it until it leaves. */
  class Contender {
    readonly errors: unknown[] = [];
    active = 0;
    terms = 0;
    private readonly leaving = new AbortController();
    private readonly held: Promise<void>;

    constructor(
      readonly clock: ManualClock,
      options: Partial<LeaseOptions> = {},
      collection = leases,
      work: (signal: AbortSignal) => Promise<void> = untilAborted,
    ) {
      const lease = new Lease(collection, { name: 'counter', clock, onError: (error) => this.errors.push(error), ...options });
      this.held = lease.hold(async (signal) => {
        this.active += 1;
        this.terms += 1;
        try {
          await work(signal);
        } finally {
          this.active -= 1;
        }
      }, this.leaving.signal);
      this.held.catch(() => undefined);
      running.push(this);
    }

    leave(): Promise<void> {
      this.leaving.abort();
      return this.held.catch(() => undefined);
    }

    ended(): Promise<void> {
      return this.held;
    }
  }

  const untilAborted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve());
    });

  it('has one holder, and the next one after that holder leaves', async () => {
    const clock = new ManualClock();
    const first = new Contender(clock);
    await settle();
    const second = new Contender(clock);
    await clock.advance(60_000);
    expect([first.active, second.active]).toEqual([1, 0]);
    await first.leave();
    await clock.advance(500);
    expect([first.active, second.active]).toEqual([0, 1]);
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  it('is acquired by one of many simultaneous contenders', async () => {
    const clock = new ManualClock();
    const contenders = Array.from({ length: 10 }, () => new Contender(clock));
    for (let remaining = 10; remaining > 0; remaining--) {
      await clock.advance(1_000);
      const active = contenders.filter((contender) => contender.active > 0);
      expect(active).toHaveLength(1);
      await active[0]!.leave();
    }
    expect(contenders.every(({ terms }) => terms === 1)).toBe(true);
  });

  it('is taken over from a stalled holder after its time to live, not earlier', async () => {
    const [stalled, clock] = [new ManualClock(), new ManualClock()];
    const first = new Contender(stalled);
    await settle();
    const second = new Contender(clock);
    await clock.advance(4_900);
    expect(second.active).toBe(0);
    await clock.advance(100);
    expect(second.active).toBe(1);

    await stalled.advance(1_500);
    expect(first.active).toBe(0);
    await second.leave();
    await stalled.advance(500);
    expect([first.active, first.terms]).toEqual([1, 2]);
  });

  it('expires while the engine is unavailable, and is acquired again when the engine recovers', async () => {
    const clock = new ManualClock();
    let isUnavailable = false;
    const failing = withFailure(leases, () => isUnavailable);
    const first = new Contender(clock, {}, failing);
    await settle();
    isUnavailable = true;
    await clock.advance(4_400);
    expect(first.active).toBe(1);
    await clock.advance(1_600);
    expect(first.active).toBe(0);
    await clock.advance(60_000);
    expect(first.errors.length).toBeGreaterThan(5);
    expect(first.errors.every((error) => error instanceof DocumentStoreUnavailable)).toBe(true);
    isUnavailable = false;
    await clock.advance(5_000);
    expect(first.active).toBe(1);
  });

  it('expires while the engine does not answer', async () => {
    const clock = new ManualClock();
    const pending: (() => void)[] = [];
    const hanging = bound(leases, {
      replace: () => new Promise<boolean>((_, reject) => pending.push(() => reject(new DocumentStoreUnavailable('no answer')))),
    });
    const first = new Contender(clock, {}, hanging);
    await clock.advance(4_900);
    expect(first.active).toBe(1);
    await clock.advance(100);
    expect(first.active).toBe(0);
    const left = first.leave();
    for (const answer of pending) answer();
    await left;
  });

  it('stays with its holder if a renewal succeeded although the engine reported a failure', async () => {
    const clock = new ManualClock();
    let renewals = 0;
    const unreliable = bound(leases, {
      replace: async (...write: Parameters<Collection<LeaseDocument>['replace']>) => {
        const replaced = await leases.replace(...write);
        if (replaced) renewals += 1;
        if (replaced && renewals % 2 === 0) throw new DocumentStoreUnavailable('no answer');
        return replaced;
      },
    });
    const first = new Contender(clock, {}, unreliable);
    await clock.advance(60_000);
    expect([first.active, first.terms]).toEqual([1, 1]);
    expect(first.errors.length).toBeGreaterThan(5);
  });

  it('is released as soon as its work ends', async () => {
    const clock = new ManualClock();
    const first = new Contender(clock, {}, leases, async () => undefined);
    await first.ended();
    const second = new Contender(clock);
    await settle();
    expect([first.terms, second.active]).toEqual([1, 1]);
  });

  it('rethrows the error of its work and is released immediately', async () => {
    const clock = new ManualClock();
    const first = new Contender(clock, {}, leases, () => Promise.reject(new Error('broken')));
    await expect(first.ended()).rejects.toThrow('broken');
    const second = new Contender(clock);
    await settle();
    expect(second.active).toBe(1);
  });

  it('stays held after an abort until the work has ended', async () => {
    const clock = new ManualClock();
    let finish = (): void => undefined;
    const first = new Contender(clock, {}, leases, () => new Promise((resolve) => (finish = resolve)));
    await settle();
    const second = new Contender(clock);
    const left = first.leave();
    await clock.advance(60_000);
    expect([first.active, second.active]).toEqual([1, 0]);
    finish();
    await left;
    await clock.advance(500);
    expect(second.active).toBe(1);
  });

  it('is not acquired by a contender that aborts while waiting', async () => {
    const clock = new ManualClock();
    new Contender(clock);
    await settle();
    const second = new Contender(clock);
    await settle();
    await second.leave();
    expect(second.terms).toBe(0);
  });

  it('uses the clock of the machine by default', async () => {
    const leaving = new AbortController();
    const terms: number[] = [];
    const hold = (term: number): Promise<void> =>
      new Lease(leases, { name: 'counter', ttlMs: 60_000, renewMs: 5, pollMs: 5 }).hold(async (signal) => {
        terms.push(term);
        if (term === 2) leaving.abort();
        else
          await until(
            'the lease to be renewed',
            async () => (await leases.get('counter'))?.version ?? 0,
            (value) => value > 3,
          );
        expect(signal.aborted).toBe(term === 2);
      }, leaving.signal);
    await Promise.all([hold(1), hold(2)]);
    expect(terms).toEqual([1, 2]);
  });

  describe('held by another process', () => {
    const endedPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;
    const insertLeaseOf = (holder: ProcessIdentity): Promise<boolean> =>
      leases.insert('counter', { holder: 'another', process: holder, released: false });

    it.each<[string, () => ProcessIdentity]>([
      ['an ended process on this machine', () => ({ ...thisProcess, pid: endedPid() })],
      ['an earlier process that had our pid', () => ({ ...thisProcess, run: 'an earlier one' })],
    ])('is taken over from %s immediately', async (_, holder) => {
      await insertLeaseOf(holder());
      const contender = new Contender(new ManualClock());
      await settle();
      expect(contender.active).toBe(1);
    });

    it.each<[string, () => ProcessIdentity]>([
      ['a process on another machine', () => ({ ...thisProcess, host: 'elsewhere', pid: endedPid() })],
      ['an ended process whose pid is in use again', () => ({ ...thisProcess, pid: process.ppid })],
    ])('is taken over from %s after the time to live', async (_, holder) => {
      await insertLeaseOf(holder());
      const clock = new ManualClock();
      const contender = new Contender(clock);
      await clock.advance(4_900);
      expect(contender.active).toBe(0);
      await clock.advance(100);
      expect(contender.active).toBe(1);
    });

    it('does not report a running process as ended', () => {
      expect(hasEnded(thisProcess)).toBe(false);
    });
  });
});

const bound = (
  collection: Collection<LeaseDocument>,
  changes: Partial<Collection<LeaseDocument>>,
): Collection<LeaseDocument> => ({
  get: (id) => collection.get(id),
  getMany: (ids) => collection.getMany(ids),
  getTexts: (ids) => collection.getTexts(ids),
  insert: (id, document) => collection.insert(id, document),
  replace: (id, version, document) => collection.replace(id, version, document),
  delete: (id, version) => collection.delete(id, version),
  writeNewer: (documents) => collection.writeNewer(documents),
  find: (query) => collection.find(query),
  scan: (after, limit) => collection.scan(after, limit),
  count: (where) => collection.count(where),
  drop: () => collection.drop(),
  ...changes,
});

const withFailure = (collection: Collection<LeaseDocument>, isUnavailable: () => boolean): Collection<LeaseDocument> => {
  const check = (): void => {
    if (isUnavailable()) throw new DocumentStoreUnavailable('unavailable');
  };
  return bound(collection, {
    get: async (id) => (check(), collection.get(id)),
    insert: async (id, document) => (check(), collection.insert(id, document)),
    replace: async (id, version, document) => (check(), collection.replace(id, version, document)),
  });
};

it('a lease fails without a retry if the documents are damaged', async () => {
  const onError = jest.fn();
  const damaged = {
    get: () => Promise.reject(new DocumentStoreDamaged('restore it from a backup')),
  } as unknown as Collection<LeaseDocument>;
  const lease = new Lease(damaged, { name: 'damaged', onError });
  await expect(lease.hold(async () => undefined, new AbortController().signal)).rejects.toThrow(DocumentStoreDamaged);
  expect(onError).not.toHaveBeenCalled();
});
