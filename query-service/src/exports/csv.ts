export type Cell = string | number | null;

/**
 * The start of a cell that spreadsheets read as a formula; some also skip white space and invisible characters. NFKC first folds
 * compatible forms of the signs into these, such as the full-width forms of Korean and Japanese keyboards.
 */
const FORMULA = /^(?:[\p{Z}\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\u2800]*[=+\-@\u2212]|[\t\r\n])/u;
const NEEDS_QUOTES = /[",\r\n]/;

/** Marks a file as UTF-8 for spreadsheets. */
const BYTE_ORDER_MARK = '\uFEFF';

/** Formats one line of a CSV file (RFC 4180), including its line break. Prefixes text that would be read as a formula with `'`. */
export const csvLine = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\r\n`;

/** Formats rows as a CSV file with a header line, in one chunk for each page. */
export async function* csvFile<Row>(
  header: readonly string[],
  pages: AsyncIterable<readonly Row[]>,
  toCells: (row: Row) => readonly Cell[],
): AsyncGenerator<string, void, undefined> {
  yield BYTE_ORDER_MARK + csvLine(header);
  for await (const rows of pages) yield rows.map((row) => csvLine(toCells(row))).join('');
}

const csvCell = (cell: Cell): string => {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA.test(cell.normalize('NFKC')) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
