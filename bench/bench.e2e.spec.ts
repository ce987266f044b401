import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../e2e/testing/system';
import type { BenchReport, PhaseResult } from './suite/report';

/** All phases of the suite, in its order. */
const PHASES = [
  'claims',
  'contention',
  'delivery',
  'growth',
  'intake',
  'calendar',
  'recount',
  'logins',
  'catch-up',
  'verification',
  'lists',
  'disk',
  'mixed',
  'lag',
  'background',
];
const SMALLEST = Object.entries({
  minutes: 0.02,
  repetitions: 1,
  players: 60,
  'log-players': 20,
  logins: 40,
  sizes: 500,
  running: 1,
  open: 12,
}).flatMap(([option, value]) => [`--${option}`, String(value)]);
const MINUTES = 60_000;

describe('the benchmark suite, as small as possible', () => {
  let folder: string;
  let report: BenchReport;
  let terminal: { readonly status: number | null; readonly stdout: string; readonly stderr: string };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bench-spec-'));
    const file = join(folder, 'results.json');
    const program = join(ROOT, 'bench/dist/bench/bench.js');
    const args = [program, ...SMALLEST, '--json', file];
    terminal = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1e8, timeout: 10 * MINUTES });
    report = JSON.parse(readFileSync(file, 'utf8')) as BenchReport;
  }, 11 * MINUTES);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const phase = (name: string): PhaseResult | undefined => report.phases.find((each) => each.phase === name);
  const medianOf = (name: string, what: string) => phase(name)?.figures.find((figure) => figure.what === what)?.median;

  it('runs every phase without an error', () => {
    const errors = report.phases.flatMap(({ phase: name, error }) => (error === undefined ? [] : [`${name}: ${error}`]));
    expect(errors).toEqual([]);
    expect(report.phases.map(({ phase: name }) => name)).toEqual(PHASES);
    expect(terminal.status).toBe(0);
  });

  it.each(PHASES)('measures %s', (name) => {
    const figures = phase(name)?.figures ?? [];
    expect(figures.length).toBeGreaterThan(0);
    expect(figures.filter(({ samples }) => !samples.every(Number.isFinite))).toEqual([]);
    for (const { what } of figures) expect(terminal.stdout).toContain(what);
  });

  it('writes a realistic log in which verification finds nothing, and a login counts for three events on average', () => {
    expect(medianOf('verification', 'findings')).toBe(0);
    const [note = ''] = phase('mixed')?.notes ?? [];
    const average = Number(/counts for ([\d.]+) events on average/.exec(note)?.[1]);
    expect(average).toBeGreaterThanOrEqual(2.5);
    expect(average).toBeLessThanOrEqual(3.5);
  });

  it('counts what both designs granted, and command-service grants exactly what was promised', () => {
    const granted = (design: string, instances: string) =>
      medianOf('contention', `${design}, ${instances}: granted of 100 promised`) ?? NaN;
    expect(granted('command-service', 'one instance')).toBe(100);
    expect(granted('command-service', 'two instances')).toBe(100);
    expect(granted('(c) named locks', 'one instance')).toBe(100);
    expect(granted('(c) named locks', 'two instances')).toBeGreaterThanOrEqual(100);
  });

  it('gets only expected answers under mixed load', () => {
    const unexpected = phase('mixed')?.figures.filter(({ what }) => what.endsWith('unexpected answers')) ?? [];
    expect(unexpected.map(({ what }) => what)).toEqual(
      ['1×', '2×', '5×', '10×', '15×'].map((step) => `${step}: unexpected answers`),
    );
  });

  it('names the machine and its engines', () => {
    const { cpu, cores, memoryGiB, node, engines } = report.machine;
    expect(cpu).not.toBe('');
    expect([cores, memoryGiB].every((value) => value > 0)).toBe(true);
    expect(node).toBe(process.version);
    expect(Object.keys(engines)).toEqual(['eventStore', 'documentStore', 'messageBus']);
  });
});
