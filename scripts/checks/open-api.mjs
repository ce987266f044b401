import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runNode } from '../lib/run.mjs';

/** The story with a generated client, and the types that it is compiled with. */
const CLIENT = 'e2e/api/typed-story.ts';
const SCHEMA = 'console/src/shared/api/schema.ts';

/**
 * Generates the OpenAPI document of the gateway from the sources, with all services in a temporary process.
 * @param task receives a folder below `node_modules`, and the document as text
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

/** Runs redocly's recommended rules. @returns one line for each finding */
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

/** Runs spectral's recommended rules. @returns one line for each finding */
export const spectral = async (root, _folder, text) => {
  const load = async (name) =>
    (await import(pathToFileURL(join(root, 'node_modules/@stoplight', name, 'dist/index.js')))).default;
  const { Spectral } = await load('spectral-core');
  const { oas } = await load('spectral-rulesets');
  const linter = new Spectral();
  linter.setRuleset({ extends: [[oas, 'recommended']] });
  const findings = await linter.run(JSON.parse(text));
  return findings.map(({ code, path, message }) => `spectral ${code} ${path.join('.')} ${message}`);
};

/**
 * Generates the types of a client. Checks that they equal the stored ones, and compile without `skipLibCheck`.
 * @returns one line for each finding
 */
export const generatedTypes = async (root, folder, text) => {
  const [from, to] = [join(folder, 'typed.json'), join(folder, 'schema.ts')];
  writeFileSync(from, text);
  const generated = await runNode(join(root, 'node_modules/openapi-typescript/bin/cli.js'), [from, '-o', to], { cwd: folder });
  if (!generated.ok) return [`openapi-typescript ${generated.output}`];
  const client = readFileSync(join(root, CLIENT), 'utf8').replace(/'[^']*\/schema'/, `'./schema'`);
  writeFileSync(join(folder, 'typed-story.ts'), client);
  const options =
    '--noEmit --strict --target es2022 --lib es2023,dom --module node16 --moduleResolution node16 --types node'.split(' ');
  const sources = ['schema.ts', 'typed-story.ts'].map((name) => join(folder, name));
  const compiled = await runNode(join(root, 'node_modules/typescript/bin/tsc'), [...options, ...sources], { cwd: folder });
  const isCurrent = readFileSync(to, 'utf8') === readFileSync(join(root, SCHEMA), 'utf8');
  return [
    ...(compiled.ok ? [] : [`tsc ${compiled.output}`]),
    ...(isCurrent ? [] : [`openapi-typescript generates other types than those in ${SCHEMA}: see CONTRIBUTING.md`]),
  ];
};

/** Checks the document with redocly and spectral, and compiles a client that is generated from it. */
export const openApi = (root) =>
  withDocument(root, async (folder, text) => {
    const findings = await Promise.all([redocly, spectral, generatedTypes].map((check) => check(root, folder, text)));
    return { ok: findings.flat().length === 0, output: findings.flat().join('\n') };
  });
