/**
 * Injects faults into the services under load, and checks that nothing was lost or duplicated. Each seed determines a schedule.
 * Usage: npm run test:faults -- [--seeds 3] [--seed 42] [--at-once 1] [--resets 120] [--restores off] [--results <file>]
 * If all engines are embedded, it also breaks connections to all services for `--resets` seconds before the seeds, and runs the
 * restores of `docs/operations.md` after them: once with each file older than the others, and once with each file newer.
 */
import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { REBUILT_BY, RESTORES, Restores } from '../testing/restore';
import { engineSettings } from '../testing/system';
import { Processes } from './processes';
import { resetSystem } from './reset-system';
import { Run } from './run';
import { scheduleOf } from './schedule';

const MAX_OUTPUT = 5_000;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const running = new Set<Processes>();

/** Runs a seed. @returns a summary of the run @throws Error with the violations and the last output of the services */
const runSeed = async (seed: number): Promise<string> => {
  const engines = engineSettings();
  const processes = await Processes.start(seed, engines);
  running.add(processes);
  try {
    return await Run.play(seed, processes, engines);
  } catch (error) {
    throw new Error(`${messageOf(error)}\n${processes.system.output.slice(-MAX_OUTPUT)}`, { cause: error });
  } finally {
    await processes.stop();
    running.delete(processes);
  }
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const reportSeed = async (seed: number): Promise<boolean> => {
  const startedAt = performance.now();
  const elapsed = () => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
  try {
    print(`seed ${seed}: ${await runSeed(seed)} in ${elapsed()}`);
    return true;
  } catch (error) {
    print(`seed ${seed} FAILED after ${elapsed()}: ${messageOf(error)}`);
    print(`Fault schedule: ${JSON.stringify(scheduleOf(seed))}`);
    print(`To reproduce: npm run test:faults -- --seeds 1 --seed ${seed}`);
    return false;
  }
};

/** Default of `--resets`, longer than in the specs. */
const RESET_SECONDS = 120;

const reportResets = async (seconds: number, seed: number): Promise<boolean> => {
  try {
    print(`resets: ${await resetSystem(seconds, seed)}`);
    return true;
  } catch (error) {
    print(`resets FAILED: ${messageOf(error)}`);
    return false;
  }
};

const AGE_TEXTS = { old: 'older than the other files', new: 'newer than the other files' } as const;

const reportRestores = async (): Promise<readonly { readonly name: string; readonly ok: boolean }[]> => {
  const restores = await Restores.prepare();
  const results: { name: string; ok: boolean }[] = [];
  try {
    for (const [file, age] of RESTORES) {
      const name = `restore with ${file} ${AGE_TEXTS[age]}`;
      try {
        const rebuilt = await restores.check(file, age);
        const expected = REBUILT_BY[file][age];
        if (!isDeepStrictEqual(rebuilt, expected))
          throw new Error(`rebuilt ${JSON.stringify(rebuilt)} instead of ${JSON.stringify(expected)}`);
        print(`${name}: every login counts once, ${rebuilt.length === 0 ? 'nothing' : rebuilt.join(', ')} rebuilt`);
        results.push({ name, ok: true });
      } catch (error) {
        print(`${name} FAILED: ${messageOf(error)}`);
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
      // Read by .ci/run, which counts the results.
      results: { type: 'string' },
    },
  });
  stopOnSignals();
  const startedAt = performance.now();
  const pending = Array.from({ length: Number(values.seeds) }, (_, index) => Number(values.seed) + index);
  const results: { name: string; ok: boolean }[] = [];
  const work = async (): Promise<void> => {
    for (let seed = pending.shift(); seed !== undefined; seed = pending.shift()) {
      results.push({ name: `seed ${seed}`, ok: await reportSeed(seed) });
    }
  };
  const { EVENTSTORE_URL, MONGODB_URL, KAFKA_BROKERS } = engineSettings();
  const isEmbedded = !EVENTSTORE_URL && !MONGODB_URL && !KAFKA_BROKERS;
  // Client connections do not depend on the engines, so resets are tested only with embedded engines by default.
  const resetSeconds = Number(values.resets ?? (isEmbedded ? RESET_SECONDS : 0));
  if (resetSeconds > 0) results.push({ name: 'resets', ok: await reportResets(resetSeconds, Number(values.seed)) });
  await Promise.all(Array.from({ length: Number(values['at-once']) }, work));
  if (values.restores === 'on' && isEmbedded) results.push(...(await reportRestores()));
  const failed = results.filter(({ ok }) => !ok);
  if (values.results) writeFileSync(values.results, JSON.stringify(results));
  const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1);
  print(`${results.length - failed.length} runs passed, ${failed.length} failed, in ${minutes} min`);
  process.exitCode = failed.length === 0 ? 0 : 1;
};

process.exitCode = 1;
void main();
