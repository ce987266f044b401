import fc from 'fast-check';
import { OpenCounts } from './open-counts';
import type { OpenStatus } from './open-delivery';

const ENDPOINT = 'endpoint';
const SLICE = 3;

/** An index of one endpoint, in small slices. */
class FakeIndex {
  readonly documents = new Map<string, OpenStatus>();

  async countAfter(_endpointId: string, status: OpenStatus, after: string) {
    const orders = [...this.documents].flatMap(([order, each]) => (each === status && order > after ? [order] : [])).sort();
    if (orders.length < SLICE) return { count: orders.length, upTo: null };
    return { count: SLICE, upTo: orders[SLICE - 1] ?? null };
  }

  count(status: OpenStatus): number {
    return [...this.documents.values()].filter((each) => each === status).length;
  }
}

describe('the counts of open deliveries', () => {
  const change = fc.record({
    order: fc.integer({ min: 0, max: 30 }).map((number) => String(number).padStart(2, '0')),
    to: fc.constantFrom<OpenStatus | null>('PENDING', 'PARKED', null),
  });

  it('are those of the index, whatever changes between two slices', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change), fc.array(fc.array(change, { maxLength: 4 })), async (before, between) => {
        const index = new FakeIndex();
        const counts = new OpenCounts([ENDPOINT]);
        const apply = ({ order, to }: (typeof before)[number]): void => {
          const from = index.documents.get(order) ?? null;
          if (to) index.documents.set(order, to);
          else index.documents.delete(order);
          counts.changed(ENDPOINT, order, from, to);
        };
        before.forEach(apply);
        for (const changes of between) {
          await counts.countNext(index);
          changes.forEach(apply);
        }
        while (!(await counts.countNext(index)));
        between.flat().forEach(apply);
        for (const status of ['PENDING', 'PARKED'] as const) expect(counts.of(ENDPOINT, status)).toBe(index.count(status));
      }),
    );
  });

  it('begin at nothing for an endpoint that was added later', () => {
    const counts = new OpenCounts([]);
    expect(counts.of('later', 'PENDING')).toBe(0);
    counts.changed('later', '01', null, 'PENDING');
    counts.changed('later', '01', 'PENDING', 'PARKED');
    expect([counts.of('later', 'PENDING'), counts.of('later', 'PARKED')]).toEqual([0, 1]);
  });
});
