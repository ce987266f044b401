/** A cell, by the indexes of its row and column. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** A rectangle of cells between the one where the selection began and the one where the keyboard is. */
export interface Selection {
  readonly anchor: Cell;
  readonly head: Cell;
}

export interface Size {
  readonly rows: number;
  readonly columns: number;
  /** Rows of a page. */
  readonly page: number;
}

export const at = (cell: Cell): Selection => ({ anchor: cell, head: cell });

const between = (low: number, value: number, high: number): number => Math.max(low, Math.min(value, high));

const MOVES: Readonly<Record<string, (cell: Cell, size: Size, isFar: boolean) => Cell>> = {
  ArrowUp: ({ row, column }, _, isFar) => ({ row: isFar ? 0 : row - 1, column }),
  ArrowDown: ({ row, column }, { rows }, isFar) => ({ row: isFar ? rows - 1 : row + 1, column }),
  ArrowLeft: ({ row, column }, _, isFar) => ({ row, column: isFar ? 0 : column - 1 }),
  ArrowRight: ({ row, column }, { columns }, isFar) => ({ row, column: isFar ? columns - 1 : column + 1 }),
  PageUp: ({ row, column }, { page }) => ({ row: row - page, column }),
  PageDown: ({ row, column }, { page }) => ({ row: row + page, column }),
  Home: ({ row }, _, isFar) => ({ row: isFar ? 0 : row, column: 0 }),
  End: ({ row }, { rows, columns }, isFar) => ({ row: isFar ? rows - 1 : row, column: columns - 1 }),
};

/** Moves the selection as a spreadsheet does; without one, a key selects the first cell. @returns null if the key does not move it */
export const moved = (
  selection: Selection | null,
  { key, isExtending, isFar }: { readonly key: string; readonly isExtending: boolean; readonly isFar: boolean },
  size: Size,
): Selection | null => {
  const move = MOVES[key];
  if (!move || size.rows === 0) return null;
  if (!selection && !isFar) return at({ row: 0, column: 0 });
  const { anchor, head } = selection ?? at({ row: 0, column: 0 });
  const { row, column } = move(head, size, isFar);
  const next = { row: between(0, row, size.rows - 1), column: between(0, column, size.columns - 1) };
  return isExtending ? { anchor, head: next } : at(next);
};

export const all = ({ rows, columns }: Size): Selection => ({
  anchor: { row: 0, column: 0 },
  head: { row: rows - 1, column: columns - 1 },
});

export const boundsOf = ({ anchor, head }: Selection) => ({
  top: Math.min(anchor.row, head.row),
  bottom: Math.max(anchor.row, head.row),
  left: Math.min(anchor.column, head.column),
  right: Math.max(anchor.column, head.column),
});

export const contains = (selection: Selection, { row, column }: Cell): boolean => {
  const { top, bottom, left, right } = boundsOf(selection);
  return row >= top && row <= bottom && column >= left && column <= right;
};

/** A selection with the keys of its rows, which finds them again when the list changes. */
export interface KeyedSelection extends Selection {
  readonly anchorKey: string;
  readonly headKey: string;
}

/**
 * Returns the selection of the same rows in a list that may have changed.
 * @param keyAt key of the row at an index
 * @returns null if one of the rows is not there any more
 */
export const located = (selection: KeyedSelection, count: number, keyAt: (index: number) => string): KeyedSelection | null => {
  const find = (index: number, key: string): number => {
    if (index < count && keyAt(index) === key) return index;
    // A live list grows at its start, so the row is usually close.
    for (let distance = 1; distance <= Math.max(index, count); distance += 1) {
      const [after, before] = [index + distance, index - distance];
      if (after < count && keyAt(after) === key) return after;
      if (before >= 0 && before < count && keyAt(before) === key) return before;
    }
    return -1;
  };
  const anchor = find(selection.anchor.row, selection.anchorKey);
  const head = find(selection.head.row, selection.headKey);
  if (anchor < 0 || head < 0) return null;
  if (anchor === selection.anchor.row && head === selection.head.row) return selection;
  return {
    ...selection,
    anchor: { ...selection.anchor, row: anchor },
    head: { ...selection.head, row: head },
  };
};
