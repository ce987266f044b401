import { COLUMNS, EMPTY_ROW, isBlank, normaliseCell, type ColumnName, type RewardRow } from './cells';
import type { Cell } from '../../table/selection';

export interface Bounds {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Names of columns in a header line, in lower case. */
const HEADERS: Readonly<Record<ColumnName, readonly string[]>> = {
  count: [
    'day',
    'days',
    'count',
    'milestone',
    'step',
    'logins',
    '일차',
    '일',
    '일수',
    '날짜',
    '단계',
    '회차',
    '횟수',
    '출석일',
    '출석 일수',
  ],
  name: [
    'name',
    'reward',
    'reward name',
    'item',
    'item name',
    '이름',
    '보상',
    '보상명',
    '보상 이름',
    '아이템',
    '아이템명',
    '아이템 이름',
  ],
  type: ['type', 'kind', 'reward type', '종류', '유형', '타입', '구분', '보상 종류', '보상 유형'],
  amount: ['amount', 'quantity', 'qty', 'units', 'number', '수량', '개수', '갯수', '지급 수량', '지급량'],
  itemCode: [
    'item code',
    'itemcode',
    'item_code',
    'code',
    'item id',
    'itemid',
    'item_id',
    'id',
    '아이템 코드',
    '아이템코드',
    '코드',
    '아이템 id',
  ],
};

const headerOf = (text: string): ColumnName | undefined => {
  const wanted = text.normalize('NFC').trim().toLocaleLowerCase('en').replaceAll(/\s+/g, ' ');
  return COLUMNS.find((column) => HEADERS[column].includes(wanted));
};

/** Splits text that a spreadsheet copied: tabs between cells, lines between rows, and quotes around cells that contain either. */
export const parseCells = (text: string): string[][] => {
  const rows: string[][] = [[]];
  let cell = '';
  let isQuoted = false;
  const endCell = (): void => {
    rows.at(-1)?.push(cell);
    cell = '';
  };
  const normalised = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').replace(/\n$/, '');
  for (let index = 0; index < normalised.length; index += 1) {
    const character = normalised.charAt(index);
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (normalised.charAt(index + 1) === '"') {
        cell += '"';
        index += 1;
      } else isQuoted = false;
    } else if (character === '"' && cell === '' && hasEnd(normalised, index)) isQuoted = true;
    else if (character === '\t') endCell();
    else if (character === '\n') {
      endCell();
      rows.push([]);
    } else cell += character;
  }
  endCell();
  return rows;
};

/** Whether a quote that begins a cell has one that ends it: a name may begin with a quote of its own. */
const hasEnd = (text: string, from: number): boolean => /^"(?:[^"]|"")*"(?:\t|\n|$)/.test(text.slice(from));

/** The columns of a header line, in its order; null if the line is none. Unknown columns are undefined. */
export const columnsOfHeader = (cells: readonly string[]): readonly (ColumnName | undefined)[] | null => {
  const columns = cells.map(headerOf);
  const known = columns.filter((column) => column !== undefined);
  return known.length >= Math.min(2, cells.length) && new Set(known).size === known.length && known.length > 0 ? columns : null;
};

const withCell = (row: RewardRow, column: ColumnName, text: string): RewardRow => ({
  ...row,
  [column]: normaliseCell(column, text),
});

/** Returns rows with at least this many. */
const padded = (rows: readonly RewardRow[], length: number): readonly RewardRow[] =>
  rows.length >= length ? rows : [...rows, ...Array.from({ length: length - rows.length }, () => EMPTY_ROW)];

const withoutBlankEnd = (rows: readonly RewardRow[]): readonly RewardRow[] =>
  rows.slice(0, rows.findLastIndex((row) => !isBlank(row)) + 1);

/** Writes one cell, which may be in the row after the last one. */
export const setCell = (rows: readonly RewardRow[], { row, column }: Cell, text: string): readonly RewardRow[] => {
  const name = COLUMNS[column];
  if (name === undefined) return rows;
  return withoutBlankEnd(padded(rows, row + 1).map((each, index) => (index === row ? withCell(each, name, text) : each)));
};

/** Empties the cells within the bounds. */
export const clearCells = (rows: readonly RewardRow[], { top, bottom, left, right }: Bounds): readonly RewardRow[] => {
  const emptied = Object.fromEntries(COLUMNS.slice(left, right + 1).map((column) => [column, '']));
  return withoutBlankEnd(rows.map((row, index) => (index >= top && index <= bottom ? { ...row, ...emptied } : row)));
};

/** A pasted block: the rows that it makes, and the cells that it covers. */
export interface Pasted {
  readonly rows: readonly RewardRow[];
  readonly bounds: Bounds;
}

/**
 * Writes a block of cells from a spreadsheet, beginning at a cell, and adds the rows that it needs. A header line is left out; it
 * decides which column is which. A single cell fills the whole selection.
 */
export const pasteCells = (rows: readonly RewardRow[], selected: Bounds, text: string): Pasted => {
  const cells = parseCells(text);
  const header = cells.length > 1 ? columnsOfHeader(cells[0] ?? []) : null;
  const lines = header ? cells.slice(1) : cells;
  const [only] = lines[0] ?? [''];
  const isSingle = lines.length === 1 && lines[0]?.length === 1;
  if (isSingle) {
    const filled = fill(rows, selected, only ?? '');
    return { rows: filled, bounds: selected };
  }
  const columns = header ?? (lines[0] ?? []).map((_, index) => COLUMNS[selected.left + index]);
  const top = selected.top;
  const written = padded(rows, top + lines.length).map((row, index) => {
    const line = lines[index - top];
    return line
      ? columns.reduce((made, column, place) => (column === undefined ? made : withCell(made, column, line[place] ?? '')), row)
      : row;
  });
  const places = columns.filter((column) => column !== undefined).map((column) => COLUMNS.indexOf(column));
  const bounds = { top, bottom: top + lines.length - 1, left: Math.min(...places), right: Math.max(...places) };
  return { rows: withoutBlankEnd(written), bounds };
};

const fill = (rows: readonly RewardRow[], { top, bottom, left, right }: Bounds, text: string): readonly RewardRow[] =>
  withoutBlankEnd(
    padded(rows, bottom + 1).map((row, index) =>
      index < top || index > bottom
        ? row
        : COLUMNS.slice(left, right + 1).reduce((made, column) => withCell(made, column, text), row),
    ),
  );

const quoted = (text: string): string => (/["\t\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Returns the cells within the bounds as text for a spreadsheet. @param headers names of all columns; left out if there are none */
export const copyCells = (
  rows: readonly RewardRow[],
  { top, bottom, left, right }: Bounds,
  headers?: readonly string[],
): string => {
  const columns = COLUMNS.slice(left, right + 1);
  const lines = rows.slice(top, bottom + 1).map((row) => columns.map((column) => quoted(row[column])).join('\t'));
  return [
    ...(headers
      ? [
          headers
            .slice(left, right + 1)
            .map(quoted)
            .join('\t'),
        ]
      : []),
    ...lines,
  ].join('\n');
};

export const insertRow = (rows: readonly RewardRow[], index: number): readonly RewardRow[] =>
  index >= rows.length ? rows : [...rows.slice(0, index), EMPTY_ROW, ...rows.slice(index)];

export const removeRows = (rows: readonly RewardRow[], { top, bottom }: Pick<Bounds, 'top' | 'bottom'>): readonly RewardRow[] =>
  rows.filter((_, index) => index < top || index > bottom);
