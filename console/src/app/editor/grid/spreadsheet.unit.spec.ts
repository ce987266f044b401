import fc from 'fast-check';
import { COLUMNS, EMPTY_ROW, normaliseCell, parseAmount, parseCount, parseType, type RewardRow } from './cells';
import { changed, historyOf, redone, undone } from './history';
import { clearCells, copyCells, insertRow, parseCells, pasteCells, removeRows, setCell } from './spreadsheet';

const row = (count: string, name: string, type = 'ITEM', amount = '1', itemCode = ''): RewardRow => ({
  count,
  name,
  type,
  amount,
  itemCode,
});
const cell = (top: number, left: number) => ({ top, bottom: top, left, right: left });

describe('a cell', () => {
  it.each([
    ['1,000', 1_000],
    [' 1 000 ', 1_000],
    ['1000.00', 1_000],
    ['１００', 100],
    ['1,000,000,000', 1_000_000_000],
    ['1000000001', null],
    ['0', null],
    ['-5', null],
    ['1.5', null],
    ['1e3', null],
    ['ten', null],
    ['', null],
  ])('with the amount %j has %j', (text, amount) => expect(parseAmount(text)).toBe(amount));

  it.each([
    ['7', 7],
    ['7일차', 7],
    ['7일', 7],
    ['Day 7', 7],
    ['D7', 7],
    ['1000', 1_000],
    ['1001', null],
    ['seven', null],
  ])('with the day %j has %j', (text, count) => expect(parseCount(text)).toBe(count));

  it.each([
    ['ITEM', 'ITEM'],
    ['아이템', 'ITEM'],
    ['쿠폰', 'COUPON'],
    ['포인트', 'POINT'],
    ['재화', 'CURRENCY'],
    ['Points', 'POINT'],
    ['cu', 'CURRENCY'],
    ['c', null],
    ['sword', null],
    ['', null],
  ])('with the type %j has %j', (text, type) => expect(parseType(text)).toBe(type));

  it('keeps what it cannot read', () => {
    expect(normaliseCell('amount', ' many ')).toBe('many');
    expect(normaliseCell('amount', '1,000')).toBe('1000');
    expect(normaliseCell('type', '쿠폰')).toBe('COUPON');
    expect(normaliseCell('name', 'two\nlines')).toBe('two lines');
  });
});

describe('pasting', () => {
  const sheet = '일차\t보상\t종류\t수량\t아이템 코드\r\n1\t골드\t재화\t1,000\t\r\n2\t물약\t아이템\t5\tpotion.hp\r\n';

  it('skips the header line of a spreadsheet and adds rows', () =>
    expect(pasteCells([], cell(0, 0), sheet)).toEqual({
      rows: [row('1', '골드', 'CURRENCY', '1000'), row('2', '물약', 'ITEM', '5', 'potion.hp')],
      bounds: { top: 0, bottom: 1, left: 0, right: 4 },
    }));

  it('finds the columns by the header, in any order and with others between them', () =>
    expect(pasteCells([], cell(0, 3), 'Amount\tNote\tReward\tDay\n5\tnew\tPotion\t3').rows).toEqual([
      row('3', 'Potion', '', '5'),
    ]));

  it('without a header begins at the cell', () => {
    const rows = [row('1', 'a'), row('2', 'b')];
    expect(pasteCells(rows, cell(1, 3), '10\tx\n20\ty').rows).toEqual([
      row('1', 'a'),
      row('2', 'b', 'ITEM', '10', 'x'),
      { ...EMPTY_ROW, amount: '20', itemCode: 'y' },
    ]);
  });

  it('of one cell fills the selection', () =>
    expect(pasteCells([row('1', 'a'), row('2', 'b')], { top: 0, bottom: 1, left: 3, right: 3 }, '7').rows).toEqual([
      row('1', 'a', 'ITEM', '7'),
      row('2', 'b', 'ITEM', '7'),
    ]));

  it('skips the header of a single column', () =>
    expect(pasteCells([], cell(0, 1), 'Item\nPotion').rows.map(({ name }) => name)).toEqual(['Potion']));

  it('leaves out cells beyond the last column', () =>
    expect(pasteCells([], cell(0, 4), 'code\tmore').rows).toEqual([{ ...EMPTY_ROW, itemCode: 'code' }]));

  it.each([
    [
      'a\tb\nc\td',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['"two\nlines"\t"a ""quote"""\n', [['two\nlines', 'a "quote"']]],
    ['"unclosed\tb', [['"unclosed', 'b']]],
    ['"Hero" sword\tb', [['"Hero" sword', 'b']]],
    ['', [['']]],
  ])('splits %j', (text, cells) => expect(parseCells(text)).toEqual(cells));
});

describe('copying', () => {
  it('writes what pasting reads', () => {
    const text = fc.stringMatching(/^[a-z "\u3131-\u3163]{1,8}$/).map((name) => name.trim() || 'x');
    const rows = fc.array(
      fc.record({
        count: fc.integer({ min: 1, max: 1_000 }).map(String),
        name: text,
        type: fc.constantFrom('ITEM', 'POINT', 'COUPON', 'CURRENCY', ''),
        amount: fc.integer({ min: 1, max: 1_000_000_000 }).map(String),
        itemCode: fc.constantFrom('', 'potion.hp', 'a-1'),
      }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(rows, fc.boolean(), (source, withHeaders) => {
        const all = { top: 0, bottom: source.length - 1, left: 0, right: COLUMNS.length - 1 };
        const headers = ['Day', 'Reward', 'Type', 'Amount', 'Item code'];
        const copied = copyCells(source, all, withHeaders ? headers : undefined);
        expect(pasteCells([], cell(0, 0), copied).rows).toEqual(source);
      }),
    );
  });

  it('takes the selected cells only', () =>
    expect(copyCells([row('1', 'a'), row('2', 'b')], { top: 0, bottom: 1, left: 1, right: 2 })).toBe('a\tITEM\nb\tITEM'));
});

describe('editing', () => {
  const rows = [row('1', 'a'), row('2', 'b'), row('3', 'c')];

  it('writes a cell of the row after the last one', () =>
    expect(setCell(rows, { row: 3, column: 1 }, 'd')).toEqual([...rows, { ...EMPTY_ROW, name: 'd' }]));

  it('clears cells, and removes blank rows at the end', () => {
    expect(clearCells(rows, { top: 0, bottom: 0, left: 1, right: 1 })[0]).toEqual(row('1', ''));
    expect(clearCells(rows, { top: 1, bottom: 2, left: 0, right: 4 })).toEqual([rows[0]]);
  });

  it('inserts and removes rows', () => {
    expect(insertRow(rows, 1)).toEqual([rows[0], EMPTY_ROW, rows[1], rows[2]]);
    expect(insertRow(rows, 3)).toBe(rows);
    expect(removeRows(rows, { top: 0, bottom: 1 })).toEqual([rows[2]]);
  });
});

describe('history', () => {
  it('goes back and forth', () => {
    const history = changed(changed(historyOf('a'), 'b'), 'c');
    expect(undone(undone(undone(history))).present).toBe('a');
    expect(redone(undone(history)).present).toBe('c');
    expect(redone(redone(history)).present).toBe('c');
  });

  it('forgets what was undone after another change', () =>
    expect(redone(changed(undone(changed(historyOf('a'), 'b')), 'c')).present).toBe('c'));
});
