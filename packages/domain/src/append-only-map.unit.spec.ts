import { AppendOnlyMap } from './append-only-map';

describe('AppendOnlyMap', () => {
  it('does not change older versions', () => {
    const one = AppendOnlyMap.empty<number>().with('a', 1);
    const two = one.with('b', 2);
    expect([one.size, one.has('b'), two.get('b'), two.values()]).toEqual([1, false, 2, [1, 2]]);
  });

  it('supports two versions that extend the same one', () => {
    const one = AppendOnlyMap.empty<number>().with('a', 1);
    const left = one.with('b', 2);
    const right = one.with('c', 3);
    expect([left.values(), right.values(), one.values()]).toEqual([[1, 2], [1, 3], [1]]);
    expect([left.has('c'), right.has('b')]).toEqual([false, false]);
  });

  it('keeps the first value of a key', () => {
    const map = AppendOnlyMap.empty<number>().with('a', 1);
    expect(map.with('a', 2)).toBe(map);
  });

  it('treats prototype keys as ordinary keys', () => {
    const map = AppendOnlyMap.empty<number>();
    expect(['__proto__', 'constructor', 'toString'].map((key) => map.has(key))).toEqual([false, false, false]);
    expect(map.with('__proto__', 1).get('__proto__')).toBe(1);
  });
});
