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
  /** The value that is copied and sorted. */
  readonly value: (row: Row) => string | number | null;
  /** What is shown; by default the value. */
  readonly cell?: (row: Row) => ReactNode;
  /** Hidden until it is chosen. */
  readonly hidden?: boolean;
}

/** Text of a cell in a copied table. Line breaks and tabs would end the cell. */
const cellText = (value: string | number | null): string => String(value ?? '').replace(/[\t\r\n]+/g, ' ');

/** Returns cells as text for a spreadsheet: a header line, tabs between cells, a line for each row. */
export const toSpreadsheet = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string =>
  [
    columns.map(({ header }) => cellText(header)).join('\t'),
    ...rows.map((row) => columns.map(({ value }) => cellText(value(row))).join('\t')),
  ].join('\n');

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Order of two values; missing ones come last. */
export const compareValues = (one: string | number | null, other: string | number | null): number => {
  if (one === other) return 0;
  if (one === null) return 1;
  if (other === null) return -1;
  return typeof one === 'number' && typeof other === 'number' ? one - other : collator.compare(String(one), String(other));
};
