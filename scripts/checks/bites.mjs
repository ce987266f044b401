import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, sep } from 'node:path';
import { findFaults, readContainerFiles } from './containers.mjs';
import { excerpts } from './excerpts.mjs';
import { COMPOSE_BREAKS, CONTAINER_BREAKS } from './planted-containers.mjs';
import { withDocument } from './open-api.mjs';
import { FORMAT_BREAK, LINT_BREAKS, TYPE_BREAKS } from './planted-code.mjs';
import { ALLOWED, BREAKS, TARGETS } from './planted-imports.mjs';
import { OPEN_API_BREAKS } from './planted-open-api.mjs';
import { withPlantedTree } from './planted-tree.mjs';
import { buildTypes, composeSchema, dependenciesJson, eslintJson, prettier, specTypes } from './tools.mjs';
import { findTraces } from './traces.mjs';

const verdict = (failures) => ({ ok: failures.length === 0, output: failures.join('\n') });

/**
 * Compares the rules that fired on each planted file with the one that was meant to.
 * @param planted `{ path, rule }`, rule null for a file that keeps them all
 * @param fired rules by path
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

/** Each import rule, and no other, fires on the files that were planted to break it. */
export const boundariesBite = (root) => {
  const planted = [...BREAKS, ...ALLOWED.map((file) => ({ ...file, rule: null }))];
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
    const unproven = forbidden.filter(({ name }) => !BREAKS.some(({ rule }) => rule === name));
    return verdict([...compare(planted, fired), ...unproven.map(({ name }) => `${name} has no planted break`)]);
  });
};

/** The lint rules that somebody relies on fire, and Nest's injected classes pass. */
export const lintBites = (root) =>
  withPlantedTree(root, Object.fromEntries(LINT_BREAKS.map(({ path, text }) => [path, text])), async (directory) => {
    const { output } = await eslintJson(directory);
    const fired = groupByPath(
      JSON.parse(output).flatMap(({ filePath, messages }) =>
        messages.map(({ ruleId, message }) => [relative(directory, filePath).split(sep).join('/'), ruleId ?? message]),
      ),
    );
    return verdict(compare(LINT_BREAKS, fired));
  });

/** A wrong type fails the build in a source, and the check of the specs in a spec. */
export const typesBite = (root) => {
  const project = {
    'tsconfig.json': '{ "files": [], "references": [{ "path": "packages/contracts" }] }',
    'packages/contracts/tsconfig.json':
      '{ "extends": "../../tsconfig.base.json", "include": ["src"], "exclude": ["src/**/*.spec.ts"], "compilerOptions": { "outDir": "dist" } }',
  };
  return withPlantedTree(root, { ...project, ...TYPE_BREAKS }, async (directory) => {
    const [source, spec] = Object.keys(TYPE_BREAKS);
    const [build, specs] = await Promise.all([buildTypes(directory), specTypes(directory)]);
    return verdict([
      ...(build.output.includes(`${source}(`) ? [] : [`the build accepts ${source}: ${build.output}`]),
      ...(specs.output.includes(`${spec}(`) ? [] : [`the specs' types accept ${spec}: ${specs.output}`]),
    ]);
  });
};

/** A file in another style is refused. */
export const formatBites = (root) =>
  withPlantedTree(root, { [FORMAT_BREAK.path]: FORMAT_BREAK.text }, async (directory) => {
    const { ok, output } = await prettier(directory);
    return verdict(!ok && output.includes(FORMAT_BREAK.path) ? [] : [`prettier accepts ${FORMAT_BREAK.path}: ${output}`]);
  });

/** A compose file that breaks its schema, or that Compose would read in another way than it looks, is refused. */
export const composeBites = async (root) => {
  const verdicts = [];
  for (const [name, { file, from, to, says }] of Object.entries(COMPOSE_BREAKS)) {
    const files = Object.fromEntries(
      ['docker-compose.yml', 'testing/engines/docker-compose.ports.yml'].map((path) => {
        const text = readFileSync(join(root, path), 'utf8');
        return [path, path === file ? text.replace(from, to) : text];
      }),
    );
    const { ok, output } = await withPlantedTree(root, files, composeSchema);
    if (ok || !output.includes(says)) verdicts.push(`${name}: expected ${says}, got ${output}`);
  }
  return verdict(verdicts);
};

/** Each promise of the compose file and the Dockerfile is named when it is broken. */
export const containersBite = async (root) => {
  const texts = readContainerFiles(root);
  return verdict(
    CONTAINER_BREAKS.flatMap(({ file, from, to, fault }) => {
      if (!texts[file].includes(from)) return [`${file} no longer holds ${from}`];
      const found = findFaults({ ...texts, [file]: texts[file].replace(from, to) }, (path) => existsSync(join(root, path)));
      return found.some((line) => line.includes(fault)) ? [] : [`expected ${fault}, got ${found.join('; ') || 'nothing'}`];
    }),
  );
};

/** Code in a document that differs from the source, or that the source does not declare, is found. */
export const excerptsBite = async (root) => {
  const source = { 'packages/domain/src/planted.ts': '/** Doubles. */\nexport const double = (n: number) => 2 * n;\n' };
  const showing = (name, code) => `<!-- excerpt packages/domain/src/planted.ts ${name} -->\n\n\`\`\`ts\n${code}\n\`\`\`\n`;
  const verdictOn = (text) => withPlantedTree(root, { ...source, 'docs/tour.md': text }, excerpts);
  const [kept, changed, missing] = await Promise.all([
    verdictOn(showing('double', '/** Doubles. */\nexport const double = (n: number) => 2 * n;')),
    verdictOn(showing('double', 'export const double = (n: number) => 3 * n;')),
    verdictOn(showing('treble', 'export const treble = (n: number) => 3 * n;')),
  ]);
  return verdict([
    ...(kept.ok ? [] : [`code as in the source is refused: ${kept.output}`]),
    ...(changed.output.includes('shows code that has changed') ? [] : [`changed code passes: ${changed.output}`]),
    ...(missing.output.includes('does not declare treble') ? [] : [`an unknown declaration passes: ${missing.output}`]),
  ]);
};

/** Each fault of the OpenAPI document is reported by the tool that is relied on for it. */
export const openApiBites = (root) =>
  withDocument(root, async (folder, text) => {
    const failures = [];
    for (const [name, { check, says, plant }] of Object.entries(OPEN_API_BREAKS)) {
      const document = JSON.parse(text);
      plant(document);
      const found = await check(root, folder, JSON.stringify(document));
      if (!found.some((line) => line.includes(says)))
        failures.push(`${name}: expected ${says}, got ${found.join('; ') || 'nothing'}`);
    }
    return verdict(failures);
  });

/** Texts that name a machine or a registry are found; the parts are joined here so that this file names none. */
export const tracesBite = (root) => {
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
      ...planted.filter((file) => findTraces(root, [file]).length !== 1).map(({ path, text }) => `not found in ${path}: ${text}`),
      ...findTraces(root, harmless).map((found) => `found by mistake: ${found}`),
    ]),
  );
};
