import { formatPosition, START } from './position';
import { parseSortKey, sortKey } from './sort-key';

const at = '2026-11-01T00:00:00.000Z';

it('sort keys order by time and then by position, and a time alone sorts before every key of its millisecond', () => {
  const keys = [sortKey('2026-11-01T00:00:00.001Z', START), sortKey(at, formatPosition(10)), at, sortKey(at, formatPosition(9))];
  expect(keys.sort()).toEqual([
    at,
    sortKey(at, formatPosition(9)),
    sortKey(at, formatPosition(10)),
    sortKey('2026-11-01T00:00:00.001Z', START),
  ]);
});

it('parseSortKey reads sort keys and returns null for any other text', () => {
  expect(parseSortKey(sortKey(at, formatPosition(7)))).toEqual({ at, position: formatPosition(7) });
  for (const text of ['', at, START, `${at}|`, `|${START}`, `2026-11-01T00:00:00Z|${START}`, `${at}|${START}|ahead`, `${at}|7`]) {
    expect(parseSortKey(text)).toBeNull();
  }
});
