import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerDown, dockerUp, hasDocker } from './docker.mjs';
import { ferretdb } from './ferretdb.mjs';
import { kafka } from './kafka.mjs';
import { cache } from './paths.mjs';
import { endProcess, isRunning, waitUntilAnswers } from './processes.mjs';

const ENGINES = { kafka, ferretdb };
export const ENGINE_NAMES = Object.keys(ENGINES);

const stateFile = join(cache, 'state.json');
const readState = () => (existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, 'utf8')) : {});
const saveState = (state) => {
  mkdirSync(cache, { recursive: true });
  writeFileSync(`${stateFile}.new`, JSON.stringify(state, null, 2));
  renameSync(`${stateFile}.new`, stateFile);
};
const logOf = ({ directory }) => join(directory, 'engine.log');

/** Starts one engine, on the port and the data that it had when it was killed. @returns its state */
const startEngine = async (name, known, say) => {
  const { build, configure, start, ping } = ENGINES[name];
  say(`${name}: building it, which takes a minute or more the first time …`);
  const built = await build();
  let engine = known && existsSync(known.directory) ? known : null;
  if (engine && isRunning(engine.process)) return engine;
  if (!engine) {
    const directory = mkdtempSync(join(tmpdir(), `${name}-`));
    engine = { directory, options: await configure(directory, built) };
  }
  say(`${name}: starting it, its log is ${logOf(engine)} …`);
  engine.process = start(engine.directory, built, engine.options, logOf(engine));
  try {
    await waitUntilAnswers(engine.process, () => ping(engine.options), logOf(engine));
  } catch (error) {
    await endProcess(engine.process);
    if (!known) rmSync(engine.directory, { recursive: true, force: true });
    throw error;
  }
  say(`${name}: it answers.`);
  return engine;
};

/**
 * Starts the engines that do not run yet and waits until they answer.
 * @param say gets a line for each step
 * @returns the settings that select them
 */
export const enginesUp = async (names = ENGINE_NAMES, say = () => undefined) => {
  const unknown = names.find((name) => !ENGINE_NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`There is no engine ${unknown}: ${ENGINE_NAMES.join(', ')}.`);
  const state = readState();
  if (state.docker || (!state.kafka && !state.ferretdb && (await hasDocker()))) {
    saveState({ docker: true });
    say('Starting EventStoreDB, MongoDB and Kafka in Docker, which downloads their images the first time …');
    return dockerUp();
  }
  for (const name of names) {
    state[name] = await startEngine(name, state[name], say);
    saveState(state);
  }
  return Object.assign({}, ...names.map((name) => ENGINES[name].settings(state[name].options)));
};

/** Ends what `enginesUp` has started and removes its data. */
export const enginesDown = async () => {
  const { docker, ...state } = readState();
  if (docker) await dockerDown();
  for (const { process: started, directory } of Object.values(state)) {
    await endProcess(started);
    rmSync(directory, { recursive: true, force: true });
  }
  rmSync(stateFile, { force: true });
};

/** Kills one engine as a power cut would; the next `enginesUp` starts it again on the same port and data. */
export const killEngine = async (name) => {
  const engine = readState()[name];
  if (engine) await endProcess(engine.process, 'SIGKILL');
};
