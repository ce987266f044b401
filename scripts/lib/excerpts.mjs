import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** `<!-- excerpt <path> <declaration> -->`, directly before its code block. A method is named `Class.method`, a whole file `*`. */
const EXCERPT = /^<!-- excerpt (?<path>\S+) (?<name>\S+) -->\n\n?(?<code>```(?:ts|js)\n[\s\S]*?^```$)?/gm;

/**
 * Replaces the code blocks of excerpts with the current declarations in the sources.
 * @param markdown text of the document
 * @param root folder that the paths start from
 * @returns the text with all excerpts up to date
 * @throws Error that names a file or declaration that does not exist
 */
export const withExcerpts = (markdown, root) =>
  markdown.replace(EXCERPT, (...match) => {
    const { path, name, code } = match.at(-1);
    const source = readSource(root, path);
    const text = name === '*' ? source.trimEnd() : declarationIn(source, path, name);
    const block = `\`\`\`${/\.tsx?$/.test(path) ? 'ts' : 'js'}\n${text}\n\`\`\``;
    return `<!-- excerpt ${path} ${name} -->\n\n${block}${code === undefined ? '\n\n' : ''}`;
  });

const readSource = (root, path) => {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    throw new Error(`${path} cannot be read.`);
  }
};

/**
 * Returns the text of a declaration with its doc comment.
 * @throws Error if the source declares no such name
 */
const declarationIn = (source, path, name) => {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const [outer, inner] = name.split('.');
  const statement = file.statements.find((candidate) => namesOf(candidate).includes(outer));
  const node = inner === undefined ? statement : statement?.members?.find((member) => member.name?.getText(file) === inner);
  if (!node) throw new Error(`${path} does not declare ${name}.`);
  const start = node.getStart(file, true);
  const { character } = file.getLineAndCharacterOfPosition(start);
  return source
    .slice(start, node.end)
    .split('\n')
    .map((line, index) => (index === 0 ? line : line.slice(Math.min(character, line.length - line.trimStart().length))))
    .join('\n');
};

const namesOf = (statement) => {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.map(({ name }) => name.getText());
  return statement.name === undefined ? [] : [statement.name.getText()];
};
