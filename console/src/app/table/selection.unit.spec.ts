import { all, at, boundsOf, contains, located, moved, type Selection } from './selection';

const SIZE = { rows: 100, columns: 5, page: 10 };
const press = (selection: Selection | null, key: string, { shift = false, far = false } = {}) =>
  moved(selection, { key, isExtending: shift, isFar: far }, SIZE);

describe('a key', () => {
  it('moves the cell, and stays inside the list', () => {
    expect(press(at({ row: 3, column: 2 }), 'ArrowDown')).toEqual(at({ row: 4, column: 2 }));
    expect(press(at({ row: 0, column: 0 }), 'ArrowUp')).toEqual(at({ row: 0, column: 0 }));
    expect(press(at({ row: 99, column: 4 }), 'ArrowRight')).toEqual(at({ row: 99, column: 4 }));
    expect(press(at({ row: 95, column: 4 }), 'PageDown')).toEqual(at({ row: 99, column: 4 }));
  });

  it('with Shift extends the selection from where it began', () => {
    expect(press(at({ row: 3, column: 2 }), 'ArrowUp', { shift: true })).toEqual({
      anchor: { row: 3, column: 2 },
      head: { row: 2, column: 2 },
    });
  });

  it('with Ctrl moves to the edge', () => {
    expect(press(at({ row: 3, column: 2 }), 'ArrowDown', { far: true })).toEqual(at({ row: 99, column: 2 }));
    expect(press(at({ row: 3, column: 2 }), 'Home', { far: true })).toEqual(at({ row: 0, column: 0 }));
    expect(press(at({ row: 3, column: 2 }), 'End', { far: true })).toEqual(at({ row: 99, column: 4 }));
  });

  it('selects the first cell if there is no selection', () => {
    for (const key of ['ArrowDown', 'ArrowUp', 'ArrowRight', 'PageDown'])
      expect(press(null, key, { shift: true })).toEqual(at({ row: 0, column: 0 }));
    expect(press(null, 'End', { far: true })).toEqual(at({ row: 99, column: 4 }));
  });

  it('that does not move, or in an empty list, changes nothing', () => {
    expect(press(at({ row: 0, column: 0 }), 'x')).toBeNull();
    expect(moved(null, { key: 'ArrowDown', isExtending: false, isFar: false }, { ...SIZE, rows: 0 })).toBeNull();
  });
});

describe('a selection', () => {
  it('is a rectangle, wherever it began', () => {
    const selection = { anchor: { row: 5, column: 3 }, head: { row: 2, column: 4 } };
    expect(boundsOf(selection)).toEqual({ top: 2, bottom: 5, left: 3, right: 4 });
    expect(contains(selection, { row: 3, column: 3 })).toBe(true);
    expect(contains(selection, { row: 3, column: 2 })).toBe(false);
  });

  it('can be everything', () => {
    expect(boundsOf(all(SIZE))).toEqual({ top: 0, bottom: 99, left: 0, right: 4 });
  });
});

describe('a selection in a list that changes', () => {
  const selection = { anchor: { row: 1, column: 0 }, head: { row: 2, column: 1 }, anchorKey: 'b', headKey: 'c' };
  const locate = (keys: string) => located(selection, keys.length, (index) => keys[index] as string);

  it('stays if its rows are where they were', () => {
    expect(locate('abcd')).toBe(selection);
  });

  it.each([
    ['xyabcd', 3, 4],
    ['bc', 0, 1],
    ['cab', 2, 0],
  ])('follows its rows in %s', (keys, anchor, head) => {
    expect(locate(keys)).toMatchObject({ anchor: { row: anchor, column: 0 }, head: { row: head, column: 1 } });
  });

  it.each(['', 'a', 'abd', 'xyz'])('ends if a row is missing, as in %j', (keys) => {
    expect(locate(keys)).toBeNull();
  });
});
