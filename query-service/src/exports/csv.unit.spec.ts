import { csvLine } from './csv';

describe('a line of CSV', () => {
  it.each<[string, Parameters<typeof csvLine>[0], string]>([
    ['plain text and numbers', ['a', 1, '극한성장의 비약'], 'a,1,극한성장의 비약\r\n'],
    ['null and empty text', [null, '', null], ',,\r\n'],
    ['quotes', ['say "hi"'], '"say ""hi"""\r\n'],
    ['commas and line breaks', ['a,b', 'a\r\nb', 'a\nb'], '"a,b","a\r\nb","a\nb"\r\n'],
    ['formulas', ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'], `'=1+1,'+1,'-1,'@SUM(A1),'\tx,"'\rx"\r\n`],
    ['a formula with a quote', ['=HYPERLINK("x","y")'], `"'=HYPERLINK(""x"",""y"")"\r\n`],
    ['numbers below zero', [-1], '-1\r\n'],
    [
      'full-width formulas',
      ['＝1+1', '＋1', '－1', '＠SUM(A1)', '−1', '﹣1', '⁺1'],
      `'＝1+1,'＋1,'－1,'＠SUM(A1),'−1,'﹣1,'⁺1\r\n`,
    ],
    [
      'formulas after invisible characters',
      [' =1', '\u200b=1', '\ufeff＝1', '\u3000＠A', '\u3164+1', '\u2800-1', '\u00a0 \u200d=1', '\u0301=1', '\n=1'],
      `' =1,'\u200b=1,'\ufeff＝1,'\u3000＠A,'\u3164+1,'\u2800-1,'\u00a0 \u200d=1,'\u0301=1,"'\n=1"\r\n`,
    ],
    ['those signs elsewhere', ['a=1', '비약 ＋1', '(-1)'], 'a=1,비약 ＋1,(-1)\r\n'],
  ])('writes %s', (_name, cells, line) => {
    expect(csvLine(cells)).toBe(line);
  });
});
