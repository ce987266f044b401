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

/** Moves the selection as a spreadsheet does. @returns null if the key does not move it */
export const moved = (
  { anchor, head }: Selection,
  { key, isExtending, isFar }: { readonly key: string; readonly isExtending: boolean; readonly isFar: boolean },
  size: Size,
): Selection | null => {
  const move = MOVES[key];
  if (!move || size.rows === 0) return null;
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
