import { join } from 'node:path';
import { runNode } from '../lib/run.mjs';

/** The TypeScript sources, for tools that do not read tsconfig.spec.json. */
const SOURCES = '{packages/*/src,*/src,*/test,e2e,bench}';

const tool = (script, args) => (directory) => runNode(join(directory, 'node_modules', script), args, { cwd: directory });
const tsc = 'typescript/bin/tsc';

export const prettier = tool('prettier/bin/prettier.cjs', ['--check', '.']);

export const eslint = tool('eslint/bin/eslint.js', ['.', '--max-warnings', '0']);
export const eslintJson = tool('eslint/bin/eslint.js', ['.', '--format', 'json']);

export const buildTypes = tool(tsc, ['-b']);
/** Also checks specs and suites. Imports resolve to the sources. */
export const specTypes = tool(tsc, ['-p', 'tsconfig.spec.json']);
export const consoleTypes = tool(tsc, ['-p', 'console']);

const depcruise = (...args) =>
  tool('dependency-cruiser/bin/dependency-cruise.mjs', ['--config', '.dependency-cruiser.cjs', ...args, SOURCES]);
export const dependencies = depcruise('--output-type', 'err-long');
export const dependenciesJson = depcruise('--output-type', 'json');

/** Checks the compose files without Docker, by the schema of the compose specification and dclint's rules. */
export const composeSchema = tool('dclint/bin/dclint.cjs', [
  '--max-warnings',
  '0',
  'docker-compose.yml',
  'testing/engines/docker-compose.ports.yml',
]);
