import { findNewestFirst, orderAt, toOrderedResponse } from './order';
import type { PlacedPage } from './page';

interface Row {
  readonly order: string;
  readonly text: string;
}

const LARGE = 900_000;

describe('a list of rows of any size', () => {
  it('reads few large rows for a page that holds one, and starts each page after the previous one', async () => {
    const rows = Array.from({ length: 200 }, (_, index): Row => ({
      order: `2026-11-01T00:00:00.000Z|${String(200 - index).padStart(32, '0')}`,
      text: 'x'.repeat(index < 100 ? 100 : LARGE),
    }));
    let largeReads = 0;
    const find = async ({ where: { order }, limit }: { where: { order?: { gte?: string; lt?: string } }; limit: number }) => {
      const { gte = '', lt = '~' } = order ?? {};
      const found = rows.filter((row) => row.order >= gte && row.order < lt).slice(0, limit);
      largeReads += found.filter(({ text }) => text.length === LARGE).length;
      return found.map((document) => ({ document }));
    };
    const shown: Row[][] = [];
    let after: string | null = null;
    do {
      const query = { after, limit: 100, now: '2026-11-02T00:00:00.000Z', firstRead: 8 };
      const page: PlacedPage<Row> = await findNewestFirst<Row>({ find } as never, {}, query);
      const response = toOrderedResponse(page, 100, (row) => row);
      shown.push(response.data);
      after = orderAt(response.page.next ?? undefined);
    } while (after !== null);
    expect(shown.map(({ length }) => length)).toEqual([100, ...Array<number>(100).fill(1)]);
    expect(shown.flat()).toEqual(rows);
    expect(largeReads).toBeLessThan(10 * 100);
  });
});
