import './lib/require-node.mjs';
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';
import { prepareDependencies, PreparationFailed } from './lib/prepare.mjs';
import {
  boundariesBite,
  composeBites,
  containersBite,
  excerptsBite,
  formatBites,
  lintBites,
  openApiBites,
  tracesBite,
  typesBite,
} from './checks/bites.mjs';
import { containers } from './checks/containers.mjs';
import { excerpts } from './checks/excerpts.mjs';
import { openApi } from './checks/open-api.mjs';
import { buildTypes, composeSchema, dependencies, eslint, prettier, specTypes } from './checks/tools.mjs';
import { traces } from './checks/traces.mjs';

/** As many at a time as the smallest machine has cores. */
const AT_ONCE = 2;

const types = async (directory) => {
  const results = [await buildTypes(directory), await specTypes(directory)];
  return { ok: results.every(({ ok }) => ok), output: results.map(({ output }) => output).join('') };
};

/** Each check of the tree comes with one that proves, by planted breaks, that it bites. The slowest come first. */
const CHECKS = {
  lint: eslint,
  types,
  'lint bites': lintBites,
  'open-api': openApi,
  'open-api bites': openApiBites,
  boundaries: dependencies,
  'boundaries bite': boundariesBite,
  format: prettier,
  'format bites': formatBites,
  'types bite': typesBite,
  compose: composeSchema,
  'compose bites': composeBites,
  containers,
  'containers bite': containersBite,
  excerpts,
  'excerpts bite': excerptsBite,
  traces,
  'traces bite': tracesBite,
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (line) => process.stdout.write(`${line}\n`);

const runCheck = async (name) => {
  const startedAt = performance.now();
  const { ok, output } = await CHECKS[name](root).catch((error) => ({ ok: false, output: error.stack }));
  const took = `(${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`;
  say(ok ? `ok    ${name} ${took}` : `FAIL  ${name} ${took}\n${output.trimEnd()}\n`);
  return { name, ok };
};

const runAll = async (names) => {
  const waiting = [...names];
  const results = [];
  const work = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) results.push(await runCheck(name));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
};

const main = async () => {
  const { values } = readCommandLine('check');
  const names = Object.keys(CHECKS).filter((name) => values.only === undefined || name.split(' ')[0] === values.only);
  if (names.length === 0) {
    say(`There is no check ${values.only}: npm run check -- --help lists them.`);
    return 2;
  }
  await prepareDependencies(root, say);
  const results = await runAll(names);
  if (values.results) writeFileSync(values.results, JSON.stringify(results));
  return results.every(({ ok }) => ok) ? 0 : 1;
};

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof PreparationFailed ? `${error.output.trimEnd()}\n${error.message}` : error.message);
  process.exitCode = 1;
}
