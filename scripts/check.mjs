import './lib/require-node.mjs';
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';
import { prepareDependencies, PreparationFailed } from './lib/prepare.mjs';
import {
  boundariesSelfTest,
  composeSelfTest,
  containersSelfTest,
  excerptsSelfTest,
  formatSelfTest,
  lintSelfTest,
  openApiSelfTest,
  tracesSelfTest,
  typesSelfTest,
} from './checks/self-tests.mjs';
import { containers } from './checks/containers.mjs';
import { excerpts } from './checks/excerpts.mjs';
import { openApi } from './checks/open-api.mjs';
import { buildTypes, composeSchema, consoleTypes, dependencies, eslint, prettier, specTypes } from './checks/tools.mjs';
import { traces } from './checks/traces.mjs';

/** Number of checks that run at a time: the cores of the smallest machine. */
const CONCURRENT_CHECKS = 2;

const types = async (directory) => {
  const results = [await buildTypes(directory), await specTypes(directory), await consoleTypes(directory)];
  return { ok: results.every(({ ok }) => ok), output: results.map(({ output }) => output).join('') };
};

/** The checks, the slowest first. Each has a self-test, which proves with planted violations that the check finds them. */
const CHECKS = {
  lint: eslint,
  types,
  'lint self-test': lintSelfTest,
  'open-api': openApi,
  'open-api self-test': openApiSelfTest,
  boundaries: dependencies,
  'boundaries self-test': boundariesSelfTest,
  format: prettier,
  'format self-test': formatSelfTest,
  'types self-test': typesSelfTest,
  compose: composeSchema,
  'compose self-test': composeSelfTest,
  containers,
  'containers self-test': containersSelfTest,
  excerpts,
  'excerpts self-test': excerptsSelfTest,
  traces,
  'traces self-test': tracesSelfTest,
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const print = (line) => process.stdout.write(`${line}\n`);

const runCheck = async (name) => {
  const startedAt = performance.now();
  const { ok, output } = await CHECKS[name](root).catch((error) => ({ ok: false, output: error.stack }));
  const duration = `(${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`;
  print(ok ? `ok    ${name} ${duration}` : `FAIL  ${name} ${duration}\n${output.trimEnd()}\n`);
  return { name, ok };
};

const runAll = async (names) => {
  const pending = [...names];
  const results = [];
  const work = async () => {
    for (let name = pending.shift(); name !== undefined; name = pending.shift()) results.push(await runCheck(name));
  };
  await Promise.all(Array.from({ length: CONCURRENT_CHECKS }, work));
  return results;
};

const main = async () => {
  const { values } = readCommandLine('check');
  const names = Object.keys(CHECKS).filter((name) => values.only === undefined || name.split(' ')[0] === values.only);
  if (names.length === 0) {
    print(`There is no check ${values.only}. npm run check -- --help lists the checks.`);
    return 2;
  }
  await prepareDependencies(root, print);
  const results = await runAll(names);
  if (values.results) writeFileSync(values.results, JSON.stringify(results));
  return results.every(({ ok }) => ok) ? 0 : 1;
};

try {
  process.exitCode = await main();
} catch (error) {
  print(error instanceof PreparationFailed ? `${error.output.trimEnd()}\n${error.message}` : error.message);
  process.exitCode = 1;
}
