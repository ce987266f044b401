import { RowBuckets, type Bucket } from './row-buckets';

const rowsOf = (bucket: Bucket<number>) => [...bucket.read()];

describe('row buckets', () => {
  let buckets: RowBuckets<number>;

  beforeEach(async () => {
    buckets = await RowBuckets.create<number>(1_000);
  });

  afterEach(() => buckets.remove());

  it('return all rows of a key in one bucket, in the order in which they were added', () => {
    for (let row = 0; row < 20_000; row += 1) buckets.add(`key-${row % 1_000}`, row);
    const seen = new Map<string, number[]>();
    for (const bucket of buckets.buckets()) {
      const rows = rowsOf(bucket);
      const keys = new Set(rows.map(([key]) => key));
      for (const key of keys) expect(seen.has(key)).toBe(false);
      for (const [key, row] of rows) seen.set(key, [...(seen.get(key) ?? []), row]);
    }
    expect(seen.size).toBe(1_000);
    expect(seen.get('key-7')).toEqual(Array.from({ length: 20 }, (_, index) => 7 + 1_000 * index));
  });

  it('hold no more than the limit, unless a single key has more rows', () => {
    for (let row = 0; row < 5_000; row += 1) buckets.add(`key-${row}`, row);
    for (let row = 0; row < 500; row += 1) buckets.add('large', row);
    const large: (readonly [string, number])[][] = [];
    for (const bucket of buckets.buckets()) {
      const rows = rowsOf(bucket);
      const characters = rows.reduce((sum, row) => sum + JSON.stringify(row).length + 1, 0);
      if (bucket.isLarge) large.push(rows);
      else expect(characters).toBeLessThanOrEqual(1_000);
    }
    expect(large.map((rows) => rows.filter(([key]) => key === 'large').length)).toEqual([500]);
    expect(large[0]?.length).toBeLessThan(550);
  });

  it('keep characters of several bytes at the borders of the parts that are read', async () => {
    const kept = await RowBuckets.create<string>();
    const rows = Array.from({ length: 5_000 }, (_, index) => `${index}${'\u2028한'.repeat(40)}`);
    for (const row of rows) kept.add('key', row);
    const [bucket] = kept.buckets();
    expect([...(bucket?.read() ?? [])].map(([, row]) => row)).toEqual(rows);
    await kept.remove();
  });

  it('read a row that was added to the bucket while it was processed', () => {
    buckets.add('key', 1);
    for (const bucket of buckets.buckets()) {
      buckets.add('key', 2);
      expect(rowsOf(bucket)).toEqual([
        ['key', 1],
        ['key', 2],
      ]);
    }
  });
});
