import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Marked } from 'marked';
import { pageOf } from './layout';

const FOLDER = join(__dirname, '../../../docs');

/** Lower case, words joined by hyphens: the same anchors that code hosts give to headings. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replace(/\s+/g, '-');

const markdown = new Marked({
  renderer: {
    heading({ tokens, depth, text }) {
      return `<h${depth} id="${anchorOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
    },
  },
});

interface RulesPage {
  readonly path: string;
  /** Name in `docs/`. */
  readonly file: string;
  readonly language: 'en' | 'ko';
}

/** The rules in each language. */
export const RULES_PAGES: readonly RulesPage[] = [
  { path: '/rules', file: 'rules.md', language: 'en' },
  { path: '/rules/ko', file: 'rules.ko.md', language: 'ko' },
];

/** Renders the rules in one language. Links to the file of another language lead to its page. */
export const renderRules = async ({ file, language }: RulesPage): Promise<Buffer> => {
  const source = await readFile(join(FOLDER, file), 'utf8');
  const title = /^# (.+)$/m.exec(source)?.[1] ?? file;
  const html = RULES_PAGES.reduce(
    (text, page) => text.replaceAll(`href="${page.file}`, `href="${page.path}`),
    await markdown.parse(source),
  );
  return pageOf(language, `Login rewards: ${title}`, html);
};
