/**
 * Kills, freezes and starves the services under load, by seeds, and looks whether anything was lost or happened twice.
 * Usage: npm run test:faults -- [--seeds 3] [--seed 42] [--at-once 1] [--resets 120] [--restores off] [--results <file>]
 * Where all engines are embedded it first breaks connections to all services for so many seconds, and ends with the restores of
 * `docs/operations.md`: each file left old, and each left new.
 */
import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { REBUILT_BY, RESTORES, Restores } from '../testing/restore';
import { engineSettings } from '../testing/system';
import { Processes } from './processes';
import { resetSystem } from './reset-system';
import { Run } from './run';
import { scheduleOf } from './schedule';

const SHOWN_OUTPUT = 5_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const running = new Set<Processes>();

/** @returns what was done @throws Error that says what is wrong, with what the services printed last */
const runSeed = async (seed: number): Promise<string> => {
  const engines = engineSettings();
  const processes = await Processes.start(seed, engines);
  running.add(processes);
  try {
    return await Run.play(seed, processes, engines);
  } catch (error) {
    throw new Error(`${messageOf(error)}\n${processes.system.output.slice(-SHOWN_OUTPUT)}`, { cause: error });
  } finally {
    await processes.stop();
    running.delete(processes);
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const report = async (seed: number): Promise<boolean> => {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
  try {
    say(`seed ${seed}: ${await runSeed(seed)} in ${seconds()}`);
    return true;
  } catch (error) {
    say(`seed ${seed} FAILED after ${seconds()}: ${messageOf(error)}`);
    say(`Its faults: ${JSON.stringify(scheduleOf(seed))}`);
    say(`Again: npm run test:faults -- --seeds 1 --seed ${seed}`);
    return false;
  }
};

/** How long connections are broken by default: longer than in the specs. */
const RESET_SECONDS = 120;

const reportResets = async (seconds: number, seed: number): Promise<boolean> => {
  try {
    say(`resets: ${await resetSystem(seconds, seed)}`);
    return true;
  } catch (error) {
    say(`resets FAILED: ${messageOf(error)}`);
    return false;
  }
};

const reportRestores = async (): Promise<readonly { readonly name: string; readonly ok: boolean }[]> => {
  const restores = await Restores.prepare();
  const results: { name: string; ok: boolean }[] = [];
  try {
    for (const [file, age] of RESTORES) {
      const name = `restore with ${file} left ${age}`;
      try {
        const rebuilt = await restores.check(file, age);
        if (!isDeepStrictEqual(rebuilt, REBUILT_BY[file][age])) throw new Error(`rebuilt ${JSON.stringify(rebuilt)}`);
        say(`${name}: every login counts once, ${rebuilt.length === 0 ? 'nothing' : rebuilt.join(', ')} rebuilt`);
        results.push({ name, ok: true });
      } catch (error) {
        say(`${name} FAILED: ${messageOf(error)}`);
        results.push({ name, ok: false });
      }
    }
  } finally {
    await restores.stop();
  }
  return results;
};

const stopOnSignals = (): void => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(
      signal,
      () => void Promise.all([...running].map((processes) => processes.stop())).finally(() => process.exit(130)),
    );
  }
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '3' },
      seed: { type: 'string', default: '42' },
      'at-once': { type: 'string', default: '1' },
      resets: { type: 'string' },
      restores: { type: 'string', default: 'on' },
      // For .ci/run, which counts.
      results: { type: 'string' },
    },
  });
  stopOnSignals();
  const startedAt = performance.now();
  const waiting = Array.from({ length: Number(values.seeds) }, (_, index) => Number(values.seed) + index);
  const results: { name: string; ok: boolean }[] = [];
  const work = async (): Promise<void> => {
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      results.push({ name: `seed ${seed}`, ok: await report(seed) });
    }
  };
  const { EVENTSTORE_URL, MONGODB_URL, KAFKA_BROKERS } = engineSettings();
  const isEmbedded = !EVENTSTORE_URL && !MONGODB_URL && !KAFKA_BROKERS;
  // The connections of clients are the same whatever the engines are.
  const resetSeconds = Number(values.resets ?? (isEmbedded ? RESET_SECONDS : 0));
  if (resetSeconds > 0) results.push({ name: 'resets', ok: await reportResets(resetSeconds, Number(values.seed)) });
  await Promise.all(Array.from({ length: Number(values['at-once']) }, work));
  if (values.restores === 'on' && isEmbedded) results.push(...(await reportRestores()));
  const failed = results.filter(({ ok }) => !ok);
  if (values.results) writeFileSync(values.results, JSON.stringify(results));
  const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
  say(`${results.length - failed.length} runs passed, ${failed.length} failed, in ${minutes} min`);
  process.exitCode = failed.length === 0 ? 0 : 1;
};

process.exitCode = 1;
void main();
