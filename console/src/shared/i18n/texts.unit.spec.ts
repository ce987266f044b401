import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isTexts, type Texts } from './texts';

const SOURCES = join(__dirname, '../..');

const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
  (name) =>
    name.endsWith('.ts') && !name.endsWith('.spec.ts') && readFileSync(join(SOURCES, name), 'utf8').includes('defineTexts('),
);

const definitions = files
  .filter((name) => join(SOURCES, name) !== join(__dirname, 'texts.ts'))
  .flatMap((name) => Object.values(require(join(SOURCES, name)) as Record<string, unknown>).filter(isTexts));

const placeholders = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name).sort();
const baseOf = (key: string): string => key.replace(/_(one|other)$/, '');

/** All forms of each text in one language, by key without the form. */
const byBase = (texts: Readonly<Record<string, string>>): Map<string, string[]> => {
  const grouped = new Map<string, string[]>();
  for (const [key, text] of Object.entries(texts)) grouped.set(baseOf(key), [...(grouped.get(baseOf(key)) ?? []), text]);
  return grouped;
};

describe('the texts', () => {
  it('are found', () => {
    expect(definitions.length).toBeGreaterThan(4);
  });

  it('have a namespace of their own', () => {
    const names = definitions.map(({ namespace }) => namespace);
    expect(names).toEqual([...new Set(names)]);
  });

  it.each(definitions.map((texts) => [texts.namespace, texts] as const))(
    'of %s exist in both languages, with the same values to fill in',
    (_namespace, { en, ko }: Texts) => {
      const [english, korean] = [byBase(en), byBase(ko)];
      expect([...korean.keys()].sort()).toEqual([...english.keys()].sort());
      for (const [key, texts] of english) {
        const expected = new Set(texts.flatMap(placeholders));
        expect([key, new Set(korean.get(key)?.flatMap(placeholders))]).toEqual([key, expected]);
      }
      expect(Object.entries({ ...en, ...ko }).filter(([, text]) => text.trim() === '')).toEqual([]);
    },
  );

  it.each(definitions.map((texts) => [texts.namespace, texts] as const))(
    'of %s have both English forms',
    (_namespace, { en }) => {
      for (const key of Object.keys(en).filter((each) => each.endsWith('_one')))
        expect(en).toHaveProperty(`${baseOf(key)}_other`);
    },
  );

  it('are kept in files without components, which this spec can load', () => {
    const components = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.tsx') && readFileSync(join(SOURCES, name), 'utf8').includes('defineTexts('),
    );
    expect(components.map((name) => relative(SOURCES, name))).toEqual([]);
  });
});
