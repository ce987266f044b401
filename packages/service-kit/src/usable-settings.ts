import { statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { dataDirProblem } from './data-dir';
import { connectionProblems } from './engines';
import { PROCESS_NAMES, PROCESSES, type ProcessName } from './process-names';
import { SettingsReader, InvalidSettings, type Environment, type Settings } from './settings';

/** For the script that starts all processes. */
export { PROCESS_NAMES } from './process-names';

/** What a process does with its settings. */
export interface SettingsUse {
  /** The processes that listen: this one, or those that it starts. */
  readonly listeners: readonly ProcessName[];
  /** Whether it keeps files in `DATA_DIR` even if no engine does. */
  readonly needsDataDir: boolean;
  /** Files and folders that other processes have created in `DATA_DIR`. If one is missing, it is the wrong folder. */
  readonly reads?: (settings: Settings) => readonly string[];
}

const portSetting = (name: ProcessName): string => `${PROCESSES[name].toUpperCase()}_PORT`;
const urlSetting = (name: ProcessName): string => `${PROCESSES[name].toUpperCase()}_URL`;

/**
 * Reads the settings of a process and checks on this machine that they are usable. Every process and script reads its settings
 * here, so that an operator sees all invalid ones at once, before anything starts. Creates a missing `DATA_DIR` only for a service.
 * @param read returns a usable value for each setting, even for those that it reports as invalid
 * @throws InvalidSettings that names every invalid setting
 */
export const readUsableSettings = async <S extends Settings>(
  read: (reader: SettingsReader) => S,
  use: SettingsUse,
  env: Environment = process.env,
): Promise<S> => {
  const reader = new SettingsReader(env);
  const settings = read(reader);
  const problems = [
    ...reader.problems,
    ...problemsOf(() => dataDirProblems(settings, use)),
    ...connectionProblems(settings),
    ...sharedPorts(reader, settings, use.listeners),
    ...(await listeningProblems(reader, settings, use.listeners)),
  ];
  if (problems.length > 0) throw new InvalidSettings(problems);
  return settings;
};

/** Collects problems, or the error of settings that contradict each other. */
const problemsOf = (find: () => string[]): string[] => {
  try {
    return find();
  } catch (error) {
    if (error instanceof InvalidSettings) return [error.message];
    throw error;
  }
};

const dataDirProblems = (settings: Settings, { listeners, needsDataDir, reads = () => [] }: SettingsUse): string[] => {
  const { dataDir, eventStoreUrl, mongodbUrl, kafkaBrokers } = settings;
  const needed = reads(settings);
  const hasFiles = needed.length > 0 || [eventStoreUrl, mongodbUrl, kafkaBrokers].includes(null);
  const missing = needed.find((name) => isMissing(join(dataDir, name)));
  if (missing !== undefined) return [`DATA_DIR (${dataDir}) must be the folder that the services use: it has no ${missing}.`];
  const isService = listeners.some((name) => name !== 'gateway');
  const isUsed = needsDataDir || (hasFiles && (isService || (listeners.length === 0 && !isMissing(dataDir))));
  const problem = isUsed ? dataDirProblem(dataDir) : null;
  return problem === null ? [] : [problem];
};

const isMissing = (path: string): boolean => {
  try {
    return !statSync(path, { throwIfNoEntry: false });
  } catch {
    // A part of the path is not a folder, or not accessible. The check that uses the path reports which.
    return false;
  }
};

/** Finds ports that two listeners share, or a listener and a service that it would expect at that port. */
const sharedPorts = (reader: SettingsReader, { ports }: Settings, listeners: readonly ProcessName[]): string[] =>
  PROCESS_NAMES.flatMap((one, index) =>
    PROCESS_NAMES.slice(index + 1).flatMap((other) => {
      const pair = [one, other];
      const port = ports[PROCESSES[one]];
      if (port !== ports[PROCESSES[other]] || port === 0 || pair.some((name) => reader.isRejected(portSetting(name)))) return [];
      const here = pair.filter((name) => listeners.includes(name)).length;
      const isElsewhere = pair.some((name) => !reader.text(portSetting(name)) || reader.text(urlSetting(name)));
      if (here === 0 || (here === 1 && isElsewhere)) return [];
      return [`${portSetting(one)} and ${portSetting(other)} must be different ports, not both ${port}.`];
    }),
  );

const listeningProblems = async (
  reader: SettingsReader,
  settings: Settings,
  listeners: readonly ProcessName[],
): Promise<string[]> => {
  if (listeners.length === 0) return [];
  const { host, ports } = settings;
  const hostError = await tryToListen(host, 0);
  if (hostError !== null) {
    const what = 'HOST must be an address of this machine, or a name that resolves to one';
    return [`${what}, not ${JSON.stringify(host)} (${hostError.code}).`];
  }
  const isTogether = listeners.length > 1;
  const problems: string[] = [];
  for (const name of listeners.filter((listener) => !reader.isRejected(portSetting(listener)))) {
    const error = await tryToListen(host, ports[PROCESSES[name]]);
    if (error !== null) problems.push(cannotListen(name, settings, error));
    // Processes that are started together connect to each other, so the system cannot choose their ports.
    else if (isTogether && ports[PROCESSES[name]] === 0)
      problems.push(`${portSetting(name)} must be a port number from 1 to 65535, not 0.`);
  }
  return problems;
};

/** Explains in one sentence why a process cannot listen, with the name of the setting. */
export const cannotListen = (name: ProcessName, { host, ports }: Pick<Settings, 'host' | 'ports'>, error: unknown): string => {
  const { code } = error as NodeJS.ErrnoException;
  const port = ports[PROCESSES[name]];
  return code === 'EADDRINUSE'
    ? `Port ${port} (${name}, ${portSetting(name)}) is already in use.`
    : `${name} cannot listen on port ${port} of ${host} (${portSetting(name)}): ${code}.`;
};

/** @returns null if listening works */
const tryToListen = (host: string, port: number): Promise<NodeJS.ErrnoException | null> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
