import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dockerDown, dockerUp, hasDocker } from './docker.mjs';
import { ferretdb } from './ferretdb.mjs';
import { kafka } from './kafka.mjs';
import { cache } from './paths.mjs';
import { stopProcess, isRunning, waitUntilReady } from './processes.mjs';

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

/** Starts an engine. If it has run before, it keeps its port and data. @returns its state */
const startEngine = async (name, previous, print) => {
  const { build, configure, start, ping } = ENGINES[name];
  print(`${name}: building, which takes a minute or more the first time …`);
  const built = await build();
  let engine = previous && existsSync(previous.directory) ? previous : null;
  if (engine && isRunning(engine.process)) return engine;
  if (!engine) {
    const directory = mkdtempSync(join(tmpdir(), `${name}-`));
    engine = { directory, options: await configure(directory, built) };
  }
  print(`${name}: starting, with the log ${logOf(engine)} …`);
  engine.process = start(engine.directory, built, engine.options, logOf(engine));
  try {
    await waitUntilReady(engine.process, () => ping(engine.options), logOf(engine));
  } catch (error) {
    await stopProcess(engine.process);
    if (!previous) rmSync(engine.directory, { recursive: true, force: true });
    throw error;
  }
  print(`${name}: ready.`);
  return engine;
};

/**
 * Starts the engines that are not running and waits until they are ready.
 * @param print called with a line for each step
 * @returns the settings that select them
 */
export const enginesUp = async (names = ENGINE_NAMES, print = () => undefined) => {
  const unknown = names.find((name) => !ENGINE_NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`There is no engine ${unknown}. The engines are ${ENGINE_NAMES.join(', ')}.`);
  const state = readState();
  if (state.docker || (!state.kafka && !state.ferretdb && (await hasDocker()))) {
    saveState({ docker: true });
    print('Starting EventStoreDB, MongoDB and Kafka in Docker, which downloads their images the first time …');
    return dockerUp();
  }
  for (const name of names) {
    state[name] = await startEngine(name, state[name], print);
    saveState(state);
  }
  return Object.assign({}, ...names.map((name) => ENGINES[name].settings(state[name].options)));
};

/** Stops the engines that `enginesUp` has started, and removes their data. */
export const enginesDown = async () => {
  const { docker, ...state } = readState();
  if (docker) await dockerDown();
  for (const { process: started, directory } of Object.values(state)) {
    await stopProcess(started);
    rmSync(directory, { recursive: true, force: true });
  }
  rmSync(stateFile, { force: true });
};

/** Kills an engine with SIGKILL. The next `enginesUp` restarts it with the same port and data. */
export const killEngine = async (name) => {
  const engine = readState()[name];
  if (engine) await stopProcess(engine.process, 'SIGKILL');
};
