// Prints the coverage of each workspace from the summary that `jest --coverage` writes. Fails if a workspace is below its floor.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';

/**
 * Minimum percentage of lines with statements. Lines that run only in child processes or worker threads of specs, or only with a
 * MongoDB or Kafka server, do not count.
 */
const FLOORS = {
  'auth-service': 94,
  'command-service': 93,
  gateway: 96,
  'packages/async': 98,
  'packages/checker': 96,
  'packages/contracts': 98,
  'packages/document-store': 80,
  'packages/domain': 98,
  'packages/event-store': 97,
  'packages/message-bus': 69,
  'packages/service-kit': 86,
  'packages/sqlite': 97,
  projections: 89,
  'query-service': 96,
};

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = readCommandLine('coverage:report');
const { total: _, ...files } = JSON.parse(readFileSync(join(root, 'coverage/coverage-summary.json'), 'utf8'));

const workspaceOf = (file) => Object.keys(FLOORS).find((workspace) => relative(root, file).startsWith(`${workspace}/`));
const sums = new Map(Object.keys(FLOORS).map((workspace) => [workspace, { lines: [0, 0], branches: [0, 0] }]));
for (const [file, coverage] of Object.entries(files)) {
  const sum = sums.get(workspaceOf(file));
  if (!sum) throw new Error(`${relative(root, file)} belongs to no workspace with a floor. Add its workspace to FLOORS.`);
  for (const kind of ['lines', 'branches']) {
    sum[kind][0] += coverage[kind].covered;
    sum[kind][1] += coverage[kind].total;
  }
}

const percent = ([covered, total]) => (total === 0 ? 0 : (100 * covered) / total);
const results = [];
process.stdout.write(`${'workspace'.padEnd(26)}lines    branches  floor of lines\n`);
for (const [workspace, { lines, branches }] of sums) {
  const ok = percent(lines) >= FLOORS[workspace];
  results.push({ name: `coverage of ${workspace}`, ok });
  const columns = [percent(lines), percent(branches)].map((value) => `${value.toFixed(1).padStart(5)} %  `);
  process.stdout.write(`${workspace.padEnd(24)}${columns.join(' ')}${FLOORS[workspace]} %${ok ? '' : '  BELOW THE FLOOR'}\n`);
}
if (values.results) writeFileSync(values.results, JSON.stringify(results));
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
