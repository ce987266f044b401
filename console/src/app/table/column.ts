import type { ReactNode } from 'react';

/** A column of a list. */
export interface Column<Row> {
  /** Name in the URL. */
  readonly id: string;
  readonly header: string;
  /** Width in pixels; the column with `grows` takes what is left. */
  readonly width: number;
  readonly grows?: boolean;
  /** Numbers are aligned at the end. */
  readonly align?: 'end';
  /** The value that is sorted, and copied unless there is `copied`. */
  readonly value: (row: Row) => string | number | null;
  /** What is copied, if a spreadsheet needs something else than the value. */
  readonly copied?: (row: Row) => string | number | null;
  /** What is shown; by default the value. */
  readonly cell?: (row: Row) => ReactNode;
  /** Hidden until it is chosen. */
  readonly hidden?: boolean;
}

/** The start of a text that spreadsheets would run as a formula. */
const FORMULA = /^[\p{Z}\p{Cf}]*[=+\-@\u2212]/u;

/** Text of a cell in a copied table. Line breaks and tabs would end the cell, and a formula of a stranger must not run. */
const cellText = (value: string | number | null): string => {
  if (value === null || typeof value === 'number') return String(value ?? '');
  const text = value.replace(/[\t\r\n]+/g, ' ');
  return FORMULA.test(text.normalize('NFKC')) ? `'${text}` : text;
};

/** Returns cells as text for a spreadsheet: a header line, tabs between cells, a line for each row. */
export const toSpreadsheet = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string =>
  [
    columns.map(({ header }) => cellText(header)).join('\t'),
    ...rows.map((row) => columns.map(({ value, copied = value }) => cellText(copied(row))).join('\t')),
  ].join('\n');

/** The first cell with text of what was copied from a spreadsheet. */
export const firstCell = (text: string): string =>
  text
    .split(/[\t\r\n]/)
    .map((cell) => cell.trim())
    .find((cell) => cell !== '') ?? '';

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Order of two values; missing ones come last. */
export const compareValues = (one: string | number | null, other: string | number | null): number => {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return typeof one === 'number' && typeof other === 'number' ? one - other : collator.compare(String(one), String(other));
};

/** Returns rows in the order of a column; equal ones keep theirs. */
export const sortedRows = <Row>(rows: readonly Row[], { value }: Column<Row>, isDescending: boolean): readonly Row[] => {
  const sign = isDescending ? -1 : 1;
  const valued = rows.map((row, index) => ({ row, index, key: value(row) }));
  // Missing values come last in both orders.
  valued.sort(
    (one, other) =>
      (one.key === null || other.key === null ? 1 : sign) * compareValues(one.key, other.key) || one.index - other.index,
  );
  return valued.map(({ row }) => row);
};

/** Returns the columns to show, in their order. @param chosen their names in the URL */
export const chosenColumns = <Row>(columns: readonly Column<Row>[], chosen: string | undefined): readonly Column<Row>[] => {
  const standard = columns.filter(({ hidden }) => !hidden);
  if (chosen === undefined) return standard;
  const named = [...new Set(chosen.split(','))].flatMap((id) => columns.find((column) => column.id === id) ?? []);
  return named.length > 0 ? named : standard;
};

/** Returns how the URL names the shown columns; undefined for those that are shown by default, and for none. */
export const namesOf = <Row>(columns: readonly Column<Row>[], shown: readonly string[]): string | undefined => {
  const names = shown.join(',');
  const standard = chosenColumns(columns, undefined).map(({ id }) => id);
  return names === standard.join(',') ? undefined : names || undefined;
};

/** Returns the names of the shown columns after one was shown or hidden. The last one stays. */
export const toggledColumn = (shown: readonly string[], id: string): readonly string[] => {
  if (!shown.includes(id)) return [...shown, id];
  return shown.length === 1 ? shown : shown.filter((each) => each !== id);
};

/** Returns the names of the shown columns after one was moved to the place of another. */
export const movedColumn = (shown: readonly string[], id: string, place: number): readonly string[] => {
  if (!shown.includes(id) || place < 0 || place >= shown.length) return shown;
  const others = shown.filter((each) => each !== id);
  return [...others.slice(0, place), id, ...others.slice(place)];
};

/** The first column is pinned on narrow windows, where it leaves room for another one. */
const leastWidth = ({ width }: { readonly width: number }, place: number): string =>
  place === 0 ? `min(${width}px, 55vw)` : `${width}px`;

/** Returns the widths as a CSS grid. Without a column that grows, all share what is left. */
export const gridTemplate = <Row>(columns: readonly Column<Row>[]): string => {
  const grows = columns.some((column) => column.grows);
  return columns
    .map((column, place) => {
      const least = leastWidth(column, place);
      if (!grows) return `minmax(${least}, ${column.width}fr)`;
      return column.grows ? `minmax(${least}, 1fr)` : least;
    })
    .join(' ');
};

/** Returns the width below which a list scrolls sideways. */
export const totalWidth = <Row>(columns: readonly Column<Row>[]): string => `calc(${columns.map(leastWidth).join(' + ')})`;

export interface Summary {
  readonly sum: number;
  readonly average: number;
}

/** Sum and average of the numbers in selected cells; null if there are fewer than two. */
export const summaryOf = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Summary | null => {
  let [sum, count] = [0, 0];
  for (const { value } of columns)
    for (const row of rows) {
      const each = value(row);
      if (typeof each !== 'number') continue;
      sum += each;
      count += 1;
    }
  return count < 2 ? null : { sum, average: sum / count };
};
