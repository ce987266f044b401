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

const LINKS: Readonly<Record<string, string>> = { 'rules.md': '/rules', 'rules.ko.md': '/rules/ko' };

/** Renders `docs/rules.md` or its translation as a page. @param file its name in `docs/` */
export const renderRules = async (language: 'en' | 'ko', file: keyof typeof LINKS): Promise<Buffer> => {
  const source = await readFile(join(FOLDER, file), 'utf8');
  const title = /^# (.+)$/m.exec(source)?.[1] ?? file;
  const html = (await markdown.parse(source)).replace(/href="(rules(?:\.ko)?\.md)/g, (_, name: string) => `href="${LINKS[name]}`);
  return pageOf(language, `Login rewards: ${title}`, html);
};
