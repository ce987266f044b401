type Cell = string | number | null;

/**
 * Spreadsheets take a cell that begins so for a formula, some of them also after white space and invisible characters. The
 * compatible forms of the signs, such as the full-width ones of Korean and Japanese keyboards, are folded to these before.
 */
const FORMULA = /^(?:[\p{Z}\p{Cc}\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}\u2800]*[=+\-@\u2212]|[\t\r\n])/u;
const NEEDS_QUOTES = /[",\r\n]/;

/** Tells spreadsheets that what follows is UTF-8. */
export const BYTE_ORDER_MARK = '\uFEFF';

/** One line of a CSV file as RFC 4180 writes it, its end included. Text that would be taken for a formula gets a `'` before it. */
export const csvLine = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\r\n`;

const csvCell = (cell: Cell): string => {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = FORMULA.test(cell.normalize('NFKC')) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
