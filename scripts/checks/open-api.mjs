import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runNode } from '../lib/run.mjs';

/** The story of a generated client, and the types that it is compiled with. */
const CLIENT = 'e2e/api/typed-story.ts';
const SCHEMA = 'e2e/api/schema.ts';

/**
 * Builds the document that the gateway serves, from the sources and with all services in one process that ends.
 * @param task gets a folder below `node_modules`, and the document as text
 */
export const withDocument = async (root, task) => {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'open-api-'));
  try {
    const file = join(folder, 'document.json');
    const runner = join(root, 'packages/testing/src/run-typescript.cjs');
    const { ok, output } = await runNode(runner, [join(root, 'e2e/api/write-document.ts'), file], { cwd: root });
    return ok ? await task(folder, readFileSync(file, 'utf8')) : { ok, output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** @returns what redocly's recommended rules report, one line each */
export const redocly = async (root, folder, text) => {
  const file = join(folder, 'linted.json');
  writeFileSync(file, text);
  const script = join(root, 'node_modules/@redocly/cli/bin/cli.js');
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' };
  const { output } = await runNode(script, ['lint', '--extends', 'recommended', '--format', 'json', file], { cwd: folder, env });
  const json = output.slice(output.search(/^\{/m), output.lastIndexOf('\n}') + 2);
  const { totals, problems } = JSON.parse(json);
  const lines = problems.map(({ ruleId, message, location }) => `redocly ${ruleId} ${location[0]?.pointer ?? ''} ${message}`);
  return lines.length === 0 && totals.errors + totals.warnings > 0 ? [`redocly reports ${JSON.stringify(totals)}`] : lines;
};

/** @returns what spectral's recommended rules report, one line each */
export const spectral = async (root, _folder, text) => {
  const load = async (name) =>
    (await import(pathToFileURL(join(root, 'node_modules/@stoplight', name, 'dist/index.js')))).default;
  const { Spectral } = await load('spectral-core');
  const { oas } = await load('spectral-rulesets');
  const linter = new Spectral();
  linter.setRuleset({ extends: [[oas, 'recommended']] });
  const found = await linter.run(JSON.parse(text));
  return found.map(({ code, path, message }) => `spectral ${code} ${path.join('.')} ${message}`);
};

/** @returns what is wrong with the types that a client is generated with: whether they are those of the story, and compile without `skipLibCheck` */
export const generatedTypes = async (root, folder, text) => {
  const [from, to] = [join(folder, 'typed.json'), join(folder, 'schema.ts')];
  writeFileSync(from, text);
  const generated = await runNode(join(root, 'node_modules/openapi-typescript/bin/cli.js'), [from, '-o', to], { cwd: folder });
  if (!generated.ok) return [`openapi-typescript ${generated.output}`];
  writeFileSync(join(folder, 'typed-story.ts'), readFileSync(join(root, CLIENT)));
  const options =
    '--noEmit --strict --target es2022 --lib es2023,dom --module node16 --moduleResolution node16 --types node'.split(' ');
  const sources = ['schema.ts', 'typed-story.ts'].map((name) => join(folder, name));
  const compiled = await runNode(join(root, 'node_modules/typescript/bin/tsc'), [...options, ...sources], { cwd: folder });
  const isCurrent = readFileSync(to, 'utf8') === readFileSync(join(root, SCHEMA), 'utf8');
  return [
    ...(compiled.ok ? [] : [`tsc ${compiled.output}`]),
    ...(isCurrent ? [] : [`openapi-typescript generates other types than ${SCHEMA} has: see CONTRIBUTING.md`]),
  ];
};

/** The served document satisfies redocly and spectral, and a client generated from it compiles. */
export const openApi = (root) =>
  withDocument(root, async (folder, text) => {
    const found = await Promise.all([redocly, spectral, generatedTypes].map((check) => check(root, folder, text)));
    return { ok: found.flat().length === 0, output: found.flat().join('\n') };
  });
