import './lib/require-node.mjs';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readCommandLine } from './lib/command-line.mjs';
import { lockDataDir } from './lib/data-lock.mjs';
import { describeEngines, usesEmbeddedEngine } from './lib/engines.mjs';
import { formatLine } from './lib/log-line.mjs';
import { prepare, PreparationFailed } from './lib/prepare.mjs';
import { ServiceProcess } from './lib/service-process.mjs';
import { SERVICES } from './lib/services.mjs';
import { describeUnready } from './lib/readiness.mjs';
import { welcome } from './lib/welcome.mjs';

const POLL_MS = 200;
const SLOW_POLL_MS = 1_000;
const HEALTH_TIMEOUT_MS = 2_000;
const REPORT_AFTER_MS = 5_000;
/** Interval between reports of services that are not ready. A changed report is printed at once. */
const REPORT_EVERY_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const PARENT_POLL_MS = 500;
/** Ctrl-C reaches this process twice, from the terminal and from npm. Only a signal after this time counts as a second one. */
const SAME_SIGNAL_MS = 1_000;

readCommandLine('start');

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isTerminal = process.stdout.isTTY === true;
const print = (line) => process.stdout.write(`${line}\n`);

const envFile = join(root, '.env');
if (existsSync(envFile)) process.loadEnvFile(envFile);
const env = process.env;

const GATEWAY = SERVICES.find(({ name }) => name === 'gateway');

let stoppingSince = null;
let exitCode = 0;
let isReady = false;

const services = SERVICES.map(
  ({ name, program }) =>
    new ServiceProcess({
      name,
      program,
      root,
      env,
      onLine: (service, line) => print(formatLine(service, line, { isTerminal })),
      onUnexpectedExit: (service, cause) => {
        exitCode = 1;
        // A service that cannot start has already logged the reason.
        const event = cause === 'code 1' && !isReady ? 'could not start' : `exited unexpectedly (${cause})`;
        print(`${service} ${event}, stopping all services.`);
        stop('SIGTERM');
      },
    }),
);

const kill = () => {
  exitCode = 1;
  for (const service of services) service.stop('SIGKILL');
};

const stop = (signal) => {
  if (stoppingSince !== null) return;
  stoppingSince = performance.now();
  print('Stopping …');
  for (const service of services) service.stop(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
  setTimeout(kill, STOP_TIMEOUT_MS).unref();
};

const onSignal = (signal) => {
  if (stoppingSince !== null && performance.now() - stoppingSince > SAME_SIGNAL_MS) kill();
  else stop(signal);
};

const isHealthy = async (url) => {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) })).ok;
  } catch {
    return false;
  }
};

const untilReady = async (urlOf) => {
  const url = urlOf(GATEWAY);
  const startedAt = performance.now();
  let [reported, reportedAt] = ['', startedAt];
  while (stoppingSince === null) {
    if (await isHealthy(url)) return stoppingSince === null;
    const now = performance.now();
    if (now - startedAt > REPORT_AFTER_MS) {
      const unready = await describeUnready(SERVICES, urlOf, HEALTH_TIMEOUT_MS);
      if (stoppingSince === null && (unready !== reported || now - reportedAt > REPORT_EVERY_MS)) {
        print(`Still waiting for:\n${unready}`);
        [reported, reportedAt] = [unready, now];
      }
    }
    await delay(now - startedAt > REPORT_AFTER_MS ? SLOW_POLL_MS : POLL_MS);
  }
  return false;
};

/** Stops the services when npm, the parent process, is killed, because it then forwards no signal. */
const watchParent = () => {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop('SIGTERM'), PARENT_POLL_MS).unref();
};

/** Reads the settings with the code of the services. @returns null after it has printed all invalid settings */
const readSettings = async () => {
  const load = createRequire(import.meta.url);
  const { readUsableSettings, PROCESS_NAMES } = load('../packages/service-kit/dist/usable-settings.js');
  const { gatewaySettings } = load('../gateway/dist/settings.js');
  try {
    return await readUsableSettings(gatewaySettings, { listeners: PROCESS_NAMES, needsDataDir: true }, env);
  } catch (error) {
    if (error.name !== 'InvalidSettings') throw error;
    print(error.message);
    return null;
  }
};

const main = async () => {
  await prepare(root, print);
  const settings = await readSettings();
  if (settings === null) return 1;
  const { dataDir, host, ports } = settings;
  const reachableHost = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  const urlOf = ({ portOf }) => `http://${reachableHost}:${ports[portOf]}`;

  const holder = usesEmbeddedEngine(env) ? lockDataDir(dataDir) : null;
  if (holder !== null) {
    print(`Another npm start (process ${holder}) runs on ${dataDir}. Stop it first, or set DATA_DIR to another folder.`);
    return 1;
  }
  print(`Engines:\n${describeEngines(env, dataDir)}`);

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, onSignal);
  // The reader of the output has exited, as in `npm start | head`.
  process.stdout.on('error', () => stop('SIGTERM'));
  // Stops the services however this process exits.
  process.on('exit', () => services.forEach((service) => service.stop('SIGTERM')));
  if (env.npm_lifecycle_event) watchParent();
  for (const service of services) service.start();

  if (await untilReady(urlOf)) {
    isReady = true;
    print(welcome({ url: urlOf(GATEWAY), dataDir, env, isTerminal }));
  }
  await Promise.all(services.map(({ exited }) => exited));
  return exitCode;
};

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof PreparationFailed)) throw error;
  print(`${error.output.trimEnd()}\n${error.message}`);
  process.exit(1);
}
