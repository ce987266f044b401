import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const SCRIPTS = join(__dirname, '..');
const SOURCES = ['demo.mjs', 'lib/demo-calendar.mjs', 'lib/demo-delivery.mjs', 'lib/demo-system.mjs']
  .map((file) => readFileSync(join(SCRIPTS, file), 'utf8'))
  .join('\n');
const moduleAt = (file: string) => JSON.stringify(pathToFileURL(join(SCRIPTS, file)).href);

/** Runs a program that may use the modules of the demo, and returns the value that it passes to `send`. */
const evaluate = async <Value>(program: string): Promise<Value> => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    `const { TEXTS } = await import(${moduleAt('lib/demo-texts.mjs')});
     const { FILL_TEXTS } = await import(${moduleAt('lib/demo-fill-texts.mjs')});
     const { calendarLines, startOfDay, weekBefore, localDate, localTime } = await import(${moduleAt('lib/demo-calendar.mjs')});
     const { widthOf } = await import(${moduleAt('lib/terminal.mjs')});
     const send = (value) => process.stdout.write(JSON.stringify(value));
     ${program}`,
  ]);
  return JSON.parse(stdout) as Value;
};

interface Text {
  readonly name: string;
  readonly kind: string;
  readonly parameters: number;
  readonly source: string;
}

const textsByLanguage = () =>
  evaluate<Readonly<Record<'en' | 'ko', readonly Text[]>>>(
    `send(Object.fromEntries(Object.entries(TEXTS).map(([language, texts]) => [language, Object.entries(texts).map(
       ([name, text]) => ({ name, kind: typeof text, parameters: text.length * Number(typeof text === 'function'), source: String(text) }),
     )])))`,
  );

describe('the texts of the demo', () => {
  it('exist in every language, with the same parameters', async () => {
    const { en, ko, ...others } = await textsByLanguage();
    const shape = (texts: readonly Text[]) => texts.map(({ name, kind, parameters }) => ({ name, kind, parameters }));
    expect(others).toEqual({});
    expect(shape(ko)).toEqual(shape(en));
  });

  it('are all used, and none that is used is missing', async () => {
    const { en } = await textsByLanguage();
    const used = [...SOURCES.matchAll(/(?<![-\w])texts\.(\w+)/g), ...SOURCES.matchAll(/\bTEXTS\.en\.(\w+)/g)].map(
      ([, name]) => name,
    );
    expect([...new Set(used)].sort()).toEqual(en.map(({ name }) => name).sort());
  });

  it('exist in every language for a filled system too, and are all used', async () => {
    const keys = await evaluate<Readonly<Record<string, readonly string[]>>>(
      `const pathsOf = (value, path) => (value && typeof value === 'object' && !Array.isArray(value)
         ? Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, [...path, name])) : [path.join('.')]);
       send(Object.fromEntries(Object.entries(FILL_TEXTS).map(([language, texts]) => [language, pathsOf(texts, [])])))`,
    );
    expect(keys.ko).toEqual(keys.en);
    const source = readFileSync(join(SCRIPTS, 'lib/demo-fill.mjs'), 'utf8');
    const unused = (keys.en ?? []).filter((key) => !new RegExp(`\\b${key.split('.').at(-1)}\\b`).test(source));
    expect(unused).toEqual([]);
  });

  it('are in their own language', async () => {
    const { en, ko } = await textsByLanguage();
    expect(en.filter(({ source }) => /\p{Script=Hangul}/u.test(source))).toEqual([]);
    // A text that only combines its parameters has no words.
    const withoutWords = ['month', 'date', 'raceOutcome'];
    const notKorean = ko.filter(({ source }) => !/\p{Script=Hangul}/u.test(source)).map(({ name }) => name);
    expect(notKorean.filter((name) => !withoutWords.includes(name))).toEqual([]);
  });
});

describe('the calendar of the demo', () => {
  it.each(['en', 'ko'])('has columns of equal width within 80 cells in %s', async (language) => {
    const lines = await evaluate<
      readonly { readonly line: string; readonly starts: readonly number[]; readonly width: number }[]
    >(`
      const texts = TEXTS[${JSON.stringify(language)}];
      const week = weekBefore(Date.parse('2026-11-27T03:00:00.000Z'), texts);
      const milestone = (count, name, amount) => ({
        count, status: 'COMPLETED', rewards: [{ name, amount, claimed: 20, remaining: 80 }],
      });
      const milestones = [milestone(1, texts.gem, 100), milestone(3, texts.potion, 100), milestone(7, texts.sauna, 5)];
      const days = week.map(({ day }) => day);
      const lines = calendarLines({ week, progress: { days, milestones }, granted: days, bonus: 500 }, texts, (text) => text);
      const cells = (line) => [...line].reduce(
        ({ starts, at, gap }, character) => ({
          starts: character !== ' ' && gap ? [...starts, at] : starts,
          at: at + widthOf(character),
          gap: character === ' ' && (at - 3 + 1) % 11 === 0 || at < 3,
        }),
        { starts: [], at: 0, gap: true },
      ).starts;
      send(lines.filter(Boolean).map((line) => ({ line, starts: cells(line), width: widthOf(line) })));
    `);
    const columns = [0, 1, 2, 3, 4, 5, 6].map((column) => 3 + 11 * column);
    for (const { starts } of lines) expect(starts.filter((start) => !columns.includes(start))).toEqual([]);
    expect(lines.filter(({ starts }) => starts.length === columns.length).length).toBeGreaterThanOrEqual(5);
    expect(lines.filter(({ width }) => width > 80)).toEqual([]);
  });

  it('shows the seven days before today, which begin at 05:00 in Seoul', async () => {
    const days = await evaluate(`
      send(['2026-11-26T19:59:59.999Z', '2026-11-26T20:00:00.000Z'].map((now) => {
        const week = weekBefore(Date.parse(now), TEXTS.en);
        return [week[0], week[6]].map(({ startsAt, day, name }) => [localTime(startsAt), day, name]);
      }));
    `);
    expect(days).toEqual([
      [
        ['05:00', '2026-11-19', 'Thu 19 Nov'],
        ['05:00', '2026-11-25', 'Wed 25 Nov'],
      ],
      [
        ['05:00', '2026-11-20', 'Fri 20 Nov'],
        ['05:00', '2026-11-26', 'Thu 26 Nov'],
      ],
    ]);
  });
});

describe('the terminal of the demo', () => {
  const outputOf = (stream: object, env: object) =>
    evaluate<string>(`
      const { Terminal } = await import(${moduleAt('lib/terminal.mjs')});
      let output = '';
      const terminal = new Terminal({ write: (text) => (output += text), ...${JSON.stringify(stream)} }, ${JSON.stringify(env)});
      terminal.pin([terminal.style('one', 'bold')]);
      terminal.print('above');
      terminal.pin(['two']);
      terminal.unpin();
      terminal.print('below');
      send(output);
    `);
  const large = { isTTY: true, columns: 80, rows: 24 };

  it('redraws pinned lines on a terminal, in styles', async () => {
    expect(await outputOf(large, { TERM: 'xterm' })).toBe(
      '\u001b[1mone\u001b[0m\n\u001b[1A\u001b[0Jabove\n\u001b[1mone\u001b[0m\n\u001b[1A\u001b[0Jtwo\nbelow\n',
    );
  });

  it('uses no styles with NO_COLOR', async () => {
    expect(await outputOf(large, { TERM: 'xterm', NO_COLOR: '1' })).not.toContain('\u001b[1m');
  });

  it.each([
    ['without a terminal', { isTTY: false }, {}],
    ['on a dumb terminal', large, { TERM: 'dumb' }],
  ])('prints the final lines once and no control codes %s', async (_name, stream, env) => {
    expect(await outputOf(stream, env)).toBe('above\ntwo\nbelow\n');
  });

  it('does not move the cursor in a narrow window', async () => {
    expect(await outputOf({ ...large, columns: 79 }, { TERM: 'xterm' })).toBe('above\ntwo\nbelow\n');
  });
});
