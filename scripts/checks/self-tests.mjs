import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import { findViolations, readContainerFiles } from './containers.mjs';
import { DOCUMENTS, excerpts } from './excerpts.mjs';
import { COMPOSE_VIOLATIONS, CONTAINER_VIOLATIONS } from './planted-containers.mjs';
import { withDocument } from './open-api.mjs';
import { FORMAT_VIOLATION, LINT_VIOLATIONS, TYPE_VIOLATIONS } from './planted-code.mjs';
import { ALLOWED, IMPORT_VIOLATIONS, TARGETS } from './planted-imports.mjs';
import { OPEN_API_VIOLATIONS } from './planted-open-api.mjs';
import { withPlantedTree } from './planted-tree.mjs';
import { buildTypes, composeSchema, dependenciesJson, eslintJson, prettier, specTypes } from './tools.mjs';
import { findTraces } from './traces.mjs';

const verdict = (failures) => ({ ok: failures.length === 0, output: failures.join('\n') });

/**
 * Compares the rules that fired on each planted file with the expected one.
 * @param planted `{ path, rule }`; `rule` is null for a file without a violation
 * @param fired names of rules by path
 * @returns one line for each difference
 */
const compare = (planted, fired) =>
  planted.flatMap(({ path, rule }) => {
    const expected = rule ?? 'nothing';
    const actual = [...new Set(fired.get(path))].join(', ') || 'nothing';
    return actual === expected ? [] : [`${path}: expected ${expected} to fire, got ${actual}`];
  });

const groupByPath = (pairs) => {
  const groups = new Map();
  for (const [path, rule] of pairs) groups.set(path, [...(groups.get(path) ?? []), rule]);
  return groups;
};

/** Proves that each import rule, and no other, fires on the files that violate it. */
export const boundariesSelfTest = (root) => {
  const planted = [...IMPORT_VIOLATIONS, ...ALLOWED.map((file) => ({ ...file, rule: null }))];
  const files = Object.fromEntries(
    planted.map(({ path, imported }) => [path, imported ? `import '${imported}';\n` : 'export {};\n']),
  );
  return withPlantedTree(root, { ...TARGETS, ...files }, async (directory) => {
    const { output } = await dependenciesJson(directory);
    const { violations } = JSON.parse(output).summary;
    // A cycle is reported once, for all of its files.
    const fired = groupByPath(
      violations.flatMap(({ from, rule, cycle = [] }) =>
        [from, ...cycle.map(({ name }) => name)].map((path) => [path, rule.name]),
      ),
    );
    const { forbidden } = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs'));
    const unproven = forbidden.filter(({ name }) => !IMPORT_VIOLATIONS.some(({ rule }) => rule === name));
    return verdict([...compare(planted, fired), ...unproven.map(({ name }) => `${name} has no planted violation`)]);
  });
};

/** Proves that the lint rules fire on planted violations, and not on valid files that resemble them. */
export const lintSelfTest = (root) =>
  withPlantedTree(root, Object.fromEntries(LINT_VIOLATIONS.map(({ path, text }) => [path, text])), async (directory) => {
    const { output } = await eslintJson(directory);
    const fired = groupByPath(
      JSON.parse(output).flatMap(({ filePath, messages }) =>
        messages.map(({ ruleId, message }) => [relative(directory, filePath).split(sep).join('/'), ruleId ?? message]),
      ),
    );
    return verdict(compare(LINT_VIOLATIONS, fired));
  });

/** Proves that a wrong type in a source fails the build, and one in a spec fails the type check of the specs. */
export const typesSelfTest = (root) => {
  const project = {
    'tsconfig.json': '{ "files": [], "references": [{ "path": "packages/contracts" }] }',
    'packages/contracts/tsconfig.json':
      '{ "extends": "../../tsconfig.base.json", "include": ["src"], "exclude": ["src/**/*.spec.ts"], "compilerOptions": { "outDir": "dist" } }',
  };
  return withPlantedTree(root, { ...project, ...TYPE_VIOLATIONS }, async (directory) => {
    const [source, spec] = Object.keys(TYPE_VIOLATIONS);
    const [build, specs] = await Promise.all([buildTypes(directory), specTypes(directory)]);
    return verdict([
      ...(build.output.includes(`${source}(`) ? [] : [`the build accepts ${source}: ${build.output}`]),
      ...(specs.output.includes(`${spec}(`) ? [] : [`the type check of the specs accepts ${spec}: ${specs.output}`]),
    ]);
  });
};

/** Proves that the format check rejects a file in another style. */
export const formatSelfTest = (root) =>
  withPlantedTree(root, { [FORMAT_VIOLATION.path]: FORMAT_VIOLATION.text }, async (directory) => {
    const { ok, output } = await prettier(directory);
    return verdict(!ok && output.includes(FORMAT_VIOLATION.path) ? [] : [`prettier accepts ${FORMAT_VIOLATION.path}: ${output}`]);
  });

/** Proves that the compose check rejects a file that violates its schema or is not valid YAML. */
export const composeSelfTest = async (root) => {
  const failures = [];
  for (const [name, { file, from, to, message }] of Object.entries(COMPOSE_VIOLATIONS)) {
    const files = Object.fromEntries(
      ['docker-compose.yml', 'testing/engines/docker-compose.ports.yml'].map((path) => {
        const text = readFileSync(join(root, path), 'utf8');
        return [path, path === file ? text.replace(from, to) : text];
      }),
    );
    const { ok, output } = await withPlantedTree(root, files, composeSchema);
    if (ok || !output.includes(message)) failures.push(`${name}: expected ${message}, got ${output}`);
  }
  return verdict(failures);
};

/** Proves that the check of the compose file and the Dockerfile reports each planted violation. */
export const containersSelfTest = async (root) => {
  const texts = readContainerFiles(root);
  return verdict(
    CONTAINER_VIOLATIONS.flatMap(({ file, from, to, message }) => {
      if (!texts[file].includes(from)) return [`${file} no longer contains ${from}`];
      const reported = findViolations({ ...texts, [file]: texts[file].replace(from, to) }, (path) =>
        existsSync(join(root, path)),
      );
      return reported.some((line) => line.includes(message))
        ? []
        : [`expected ${message}, got ${reported.join('; ') || 'nothing'}`];
    }),
  );
};

/** Proves that the check finds code in a document that differs from the source, or that the source does not declare. */
export const excerptsSelfTest = async (root) => {
  const source = { 'packages/domain/src/planted.ts': '/** Doubles. */\nexport const double = (n: number) => 2 * n;\n' };
  const documentWith = (name, code) => `<!-- excerpt packages/domain/src/planted.ts ${name} -->\n\n\`\`\`ts\n${code}\n\`\`\`\n`;
  const noExcerpts = Object.fromEntries(DOCUMENTS.map((path) => [path, '']));
  const check = (text) => withPlantedTree(root, { ...source, ...noExcerpts, 'docs/tour.md': text }, excerpts);
  const [unchanged, changed, unknown] = await Promise.all([
    check(documentWith('double', '/** Doubles. */\nexport const double = (n: number) => 2 * n;')),
    check(documentWith('double', 'export const double = (n: number) => 3 * n;')),
    check(documentWith('treble', 'export const treble = (n: number) => 3 * n;')),
  ]);
  return verdict([
    ...(unchanged.ok ? [] : [`code as in the source is rejected: ${unchanged.output}`]),
    ...(changed.output.includes('shows code that has changed') ? [] : [`changed code passes: ${changed.output}`]),
    ...(unknown.output.includes('does not declare treble') ? [] : [`an unknown declaration passes: ${unknown.output}`]),
  ]);
};

/** Proves that the expected tool reports each planted violation in the OpenAPI document. */
export const openApiSelfTest = (root) =>
  withDocument(root, async (folder, text) => {
    const failures = [];
    for (const [name, { check, message, plant }] of Object.entries(OPEN_API_VIOLATIONS)) {
      const document = JSON.parse(text);
      plant(document);
      const reported = await check(root, folder, JSON.stringify(document));
      if (!reported.some((line) => line.includes(message)))
        failures.push(`${name}: expected ${message}, got ${reported.join('; ') || 'nothing'}`);
    }
    return verdict(failures);
  });

/** Proves that the check finds texts that name a machine or a registry. Joins their parts, so that this file names none. */
export const tracesSelfTest = (root) => {
  const registry = ['https:/', 'registry.example.com'].join('/');
  const planted = [
    { path: 'a.md', text: `see ${join(root, 'notes')}` },
    { path: 'b.md', text: ['', 'home', 'somebody', 'notes'].join('/') },
    { path: '.npmrc', text: `registry=${registry}/` },
    { path: 'package-lock.json', text: `"resolved": "${registry}/a.tgz",` },
  ];
  const harmless = [
    { path: 'c.md', text: 'https://docs.npmjs.com/cli and https://example.com/home' },
    { path: 'package-lock.json', text: '"resolved": "packages/contracts",' },
  ];
  return Promise.resolve(
    verdict([
      ...planted
        .filter((file) => findTraces(root, [file]).length !== 1)
        .map(({ path, text }) => `nothing found in ${path}: ${text}`),
      ...findTraces(root, harmless).map((line) => `wrongly found: ${line}`),
    ]),
  );
};
