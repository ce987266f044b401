import { formatPosition, START } from './position';
import { parseSortKey, sortKey } from './sort-key';

const at = '2026-11-01T00:00:00.000Z';

it('orders by time, then by place in the log, and a time alone comes before every key of its millisecond', () => {
  const keys = [sortKey('2026-11-01T00:00:00.001Z', START), sortKey(at, formatPosition(10)), at, sortKey(at, formatPosition(9))];
  expect(keys.sort()).toEqual([
    at,
    sortKey(at, formatPosition(9)),
    sortKey(at, formatPosition(10)),
    sortKey('2026-11-01T00:00:00.001Z', START),
  ]);
});

it('reads back what it wrote, and nothing else', () => {
  expect(parseSortKey(sortKey(at, formatPosition(7)))).toEqual({ at, position: formatPosition(7) });
  for (const text of ['', at, START, `${at}|`, `|${START}`, `2026-11-01T00:00:00Z|${START}`, `${at}|${START}|ahead`, `${at}|7`]) {
    expect(parseSortKey(text)).toBeNull();
  }
});
