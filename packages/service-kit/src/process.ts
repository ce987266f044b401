import { warnOfWideDataDir } from './data-dir';
import { createLogger, type Logger } from './logger';
import { sharedSettings, WrongSetting, type Settings } from './settings';
import { startTracing } from './tracing';
import { cannotListen, readUsableSettings, type ProcessName } from './usable-settings';

/** A started service: `close` finishes what is in hand. */
export interface Running {
  close(): Promise<void>;
}

const STOP_PATIENCE_MS = 10_000;
/** How long a stopped process may be kept alive by what was not closed. */
const EXIT_PATIENCE_MS = 1_000;
/** Ctrl-C arrives twice, from the terminal and from `npm start`; only a later signal is a second one. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Runs a service as this process: settings are checked first, SIGTERM and SIGINT stop it gracefully; a second signal or
 * ten seconds end it. If settings are invalid, it prints a line for each and exits with code 1.
 */
export const runProcess = async (
  name: ProcessName,
  start: (settings: Settings, logger: Logger) => Promise<Running>,
): Promise<void> => {
  // Whatever this process writes is for its own user alone.
  process.umask(0o077);
  const settings = await settingsOrExit(name);
  const logger = createLogger(name, settings.logLevel);
  let isStopped = false;
  const fail = (error: unknown, message: string) => {
    if (isStopped) return;
    logger.fatal({ err: error }, message);
    process.exit(1);
  };
  process.on('unhandledRejection', (error) => fail(error, 'unhandled rejection'));
  process.on('uncaughtException', (error) => fail(error, 'uncaught exception'));

  let running: Running | null = null;
  let stoppingSince: number | null = null;
  const stop = async (signal: string) => {
    if (stoppingSince !== null) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    logger.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), STOP_PATIENCE_MS).unref();
    await running?.close();
    logger.info('stopped');
    isStopped = true;
    process.exitCode = 0;
    // A process that ends by itself lets SQLite remove its files beside the databases; `process.exit` would not.
    setTimeout(() => process.exit(0), EXIT_PATIENCE_MS).unref();
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));

  try {
    warnOfWideDataDir(settings.dataDir, logger);
    const tracing = await startTracing(name, settings.otlpEndpoint, logger);
    const started = await start(settings, logger);
    running = {
      close: async () => {
        await started.close();
        await tracing.close();
      },
    };
    logger.info('ready');
  } catch (error) {
    if (error instanceof WrongSetting) exitWith(error.message);
    // Another process was faster than this one, which has just tried the port.
    if ((error as NodeJS.ErrnoException).syscall === 'listen') exitWith(cannotListen(name, settings, error));
    fail(error, 'could not start');
  }
};

const settingsOrExit = async (name: ProcessName): Promise<Settings> => {
  try {
    return await readUsableSettings(sharedSettings, { listeners: [name], needsDataDir: name === 'auth-service' });
  } catch (error) {
    if (error instanceof WrongSetting) exitWith(error.message);
    throw error;
  }
};

const exitWith = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};
