import {
  chosenColumns,
  compareValues,
  firstCell,
  gridTemplate,
  movedColumn,
  namesOf,
  sortedRows,
  summaryOf,
  toggledColumn,
  toSpreadsheet,
  type Column,
} from './column';

interface Row {
  readonly name: string;
  readonly amount: number | null;
}

const name: Column<Row> = { id: 'name', header: 'Name', width: 100, value: (row) => row.name };
const amount: Column<Row> = { id: 'amount', header: 'Amount', width: 80, align: 'end', value: (row) => row.amount };
const note: Column<Row> = { id: 'note', header: 'Note', width: 200, hidden: true, value: () => null };
const columns = [name, amount, note];
const idsOf = (shown: readonly Column<Row>[]): string[] => shown.map(({ id }) => id);

describe('copied cells', () => {
  it('have a header line, and tabs between them', () => {
    expect(toSpreadsheet([name, amount], [{ name: '극한성장의 비약', amount: 1_000 }])).toBe(
      'Name\tAmount\n극한성장의 비약\t1000',
    );
  });

  it('stay in one cell each', () => {
    expect(toSpreadsheet([name], [{ name: 'one\r\ntwo\tthree', amount: null }])).toBe('Name\none two three');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '=1', ' =1', '\u200B=1'])('do not run %j as a formula', (text) => {
    expect(toSpreadsheet([name], [{ name: text, amount: null }])).toBe(`Name\n'${text}`);
  });

  it('keep negative numbers', () => {
    expect(toSpreadsheet([amount], [{ name: '', amount: -5 }])).toBe('Amount\n-5');
  });

  it('may differ from the value', () => {
    expect(toSpreadsheet([{ ...amount, copied: () => '5 days' }], [{ name: '', amount: 5 }])).toBe('Amount\n5 days');
  });
});

describe('pasted cells', () => {
  it.each([
    ['one', 'one'],
    ['\r\n one\ttwo\r\nthree', 'one'],
    [' \t\n', ''],
  ])('of %j begin with %j', (text, expected) => {
    expect(firstCell(text)).toBe(expected);
  });
});

describe('an order', () => {
  const rows = [
    { name: 'b10', amount: 2 },
    { name: 'b9', amount: null },
    { name: 'a', amount: 2 },
    { name: 'c', amount: -1 },
  ];
  const namesIn = (column: Column<Row>, isDescending: boolean) => sortedRows(rows, column, isDescending).map((row) => row.name);

  it('compares numbers in texts as numbers', () => {
    expect(namesIn(name, false)).toEqual(['a', 'b9', 'b10', 'c']);
    expect(compareValues('2', '10')).toBeLessThan(0);
  });

  it('has missing values last in both directions, and keeps the order of equal ones', () => {
    expect(namesIn(amount, false)).toEqual(['c', 'b10', 'a', 'b9']);
    expect(namesIn(amount, true)).toEqual(['b10', 'a', 'c', 'b9']);
  });
});

describe('the shown columns', () => {
  it('are those of the URL, in its order', () => {
    expect(idsOf(chosenColumns(columns, undefined))).toEqual(['name', 'amount']);
    expect(idsOf(chosenColumns(columns, 'note,name'))).toEqual(['note', 'name']);
  });

  it('ignore names that do not exist or are repeated', () => {
    expect(idsOf(chosenColumns(columns, 'gone,note,note'))).toEqual(['note']);
    expect(idsOf(chosenColumns(columns, 'gone'))).toEqual(['name', 'amount']);
  });

  it('are in the URL only if they differ from the default', () => {
    expect(namesOf(columns, ['name', 'amount'])).toBeUndefined();
    expect(namesOf(columns, ['amount', 'name'])).toBe('amount,name');
  });

  it('can be shown, hidden and moved, and one always stays', () => {
    expect(toggledColumn(['name'], 'note')).toEqual(['name', 'note']);
    expect(toggledColumn(['name', 'note'], 'name')).toEqual(['note']);
    expect(toggledColumn(['name'], 'name')).toEqual(['name']);
    expect(movedColumn(['a', 'b', 'c'], 'a', 2)).toEqual(['b', 'c', 'a']);
    expect(movedColumn(['a', 'b', 'c'], 'c', 0)).toEqual(['c', 'a', 'b']);
    expect(movedColumn(['a', 'b'], 'a', 2)).toEqual(['a', 'b']);
    expect(movedColumn(['a', 'b'], 'gone', 0)).toEqual(['a', 'b']);
  });

  it('share the width unless one of them grows', () => {
    expect(gridTemplate([name, amount])).toBe('minmax(min(100px, 55vw), 100fr) minmax(80px, 80fr)');
    expect(gridTemplate([{ ...name, grows: true }, amount])).toBe('minmax(min(100px, 55vw), 1fr) 80px');
  });
});

describe('the summary of selected cells', () => {
  it('adds numbers and leaves out everything else', () => {
    const rows = [
      { name: '7', amount: 1 },
      { name: 'x', amount: 3 },
      { name: 'y', amount: null },
    ];
    expect(summaryOf([name, amount], rows)).toEqual({ sum: 4, average: 2 });
  });

  it('needs two numbers', () => {
    expect(summaryOf([name, amount], [{ name: 'x', amount: 1 }])).toBeNull();
  });
});
