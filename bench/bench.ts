/**
 * Measures the system and prints a table. Usage: npm run bench -- [--only <phase>] [--minutes 30] [--json <file>] and more options,
 * see docs/benchmarks.md.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../e2e/testing/system';
import { PHASES } from './phases';
import { describeMachine, machineLine } from './suite/machine';
import { Measurements, type BenchOptions, type Phase } from './suite/phase';
import { linesOf, type BenchReport, type PhaseResult } from './suite/report';
import { SharedWorld } from './world/shared-world';

const SOAK_SECONDS = 30 * 60;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const printProgress = (line: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    minutes: { type: 'string', default: '30' },
    repetitions: { type: 'string', default: '3' },
    players: { type: 'string', default: '20000' },
    'log-players': { type: 'string', default: '10000' },
    logins: { type: 'string', default: '20000' },
    sizes: { type: 'string', default: '1000,100000,1000000' },
    running: { type: 'string', default: '1,100,1000' },
    open: { type: 'string', default: '1,12,50' },
    factors: { type: 'string', default: '1,2,5,10,15' },
    large: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
  allowPositionals: false,
});

const numbersOf = (list: string): readonly number[] => list.split(',').map(Number);
const options: BenchOptions = {
  minutes: Number(values.minutes),
  repetitions: Number(values.repetitions),
  players: Number(values.players),
  logPlayers: Number(values['log-players']),
  logins: Number(values.logins),
  sizes: [...numbersOf(values.sizes), ...(values.large ? [10_000_000] : [])],
  running: numbersOf(values.running),
  open: numbersOf(values.open),
  factors: numbersOf(values.factors),
  soakSeconds: values.soak ? SOAK_SECONDS : null,
};

const selectedPhases = (): readonly Phase[] => {
  const names = (values.only ?? []).flatMap((list) => list.split(','));
  const unknown = names.filter((name) => !PHASES.some((phase) => phase.name === name));
  const { minutes, repetitions, players, logPlayers, logins, sizes, running, open, factors } = options;
  const numbers = [minutes, repetitions, players, logPlayers, logins, ...sizes, ...running, ...open, ...factors];
  if (unknown.length > 0)
    exitWith(`There is no phase ${unknown.join(', ')}. Phases: ${PHASES.map(({ name }) => name).join(', ')}.`);
  if (!numbers.every((value) => value > 0)) exitWith('Options are positive numbers.');
  return names.length === 0 ? PHASES : PHASES.filter(({ name }) => names.includes(name));
};

const exitWith = (sentence: string): void => {
  process.stderr.write(`${sentence}\n`);
  process.exit(2);
};

const runPhase = async (phase: Phase, budgetSeconds: number, world: SharedWorld): Promise<PhaseResult> => {
  const measurements = new Measurements(phase.name, options, budgetSeconds, world, printProgress);
  measurements.progress(`${phase.purpose}, for about ${Math.round(budgetSeconds)} s`);
  let error: string | undefined;
  try {
    await phase.run(measurements);
  } catch (thrown) {
    error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    measurements.progress(`failed: ${error}`);
  } finally {
    await measurements.removeFolders();
  }
  const { name, purpose } = phase;
  const { figures, notes, elapsedSeconds: seconds } = measurements;
  return { phase: name, purpose, seconds, figures, notes, ...(error !== undefined && { error }) };
};

const main = async (): Promise<void> => {
  const phases = selectedPhases();
  const machine = describeMachine();
  const startedAt = new Date().toISOString();
  const file = resolve(values.json ?? join(ROOT, 'bench/results', `${startedAt.slice(0, 19).replaceAll(':', '-')}.json`));
  mkdirSync(dirname(file), { recursive: true });
  printProgress(machineLine(machine));
  const world = new SharedWorld(options.logPlayers);
  const endsAt = performance.now() + options.minutes * 60_000;
  const results: PhaseResult[] = [];
  let report: BenchReport = { startedAt, finishedAt: startedAt, machine, options, phases: results };
  try {
    for (const [index, phase] of phases.entries()) {
      // A phase that needs less than its share leaves the rest to the later ones.
      const weights = phases.slice(index).reduce((sum, { weight }) => sum + weight, 0);
      const seconds = Math.max(0, endsAt - performance.now()) / 1_000;
      results.push(await runPhase(phase, (seconds * phase.weight) / weights, world));
      report = { ...report, finishedAt: new Date().toISOString() };
      writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
    }
  } finally {
    await world.remove();
  }
  for (const line of linesOf(report)) print(line);
  print(`\nWritten to ${file}`);
  if (results.some(({ error }) => error !== undefined)) process.exitCode = 1;
};

// An exit ends the processes of the suite too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
void main();
