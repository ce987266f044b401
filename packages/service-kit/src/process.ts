import { warnOfWideDataDir } from './data-dir';
import { createLogger, type Logger } from './logger';
import type { ProcessName } from './process-names';
import { sharedSettings, WrongSetting, type Settings, type SettingsReader } from './settings';
import { stopOnSignal } from './stop-on-signal';
import { startTracing } from './tracing';
import { cannotListen, readUsableSettings } from './usable-settings';

/** A started service: `close` finishes what is in flight. */
export interface Running {
  close(): Promise<void>;
}

type Start<S> = (settings: S, logger: Logger) => Promise<Running>;

/**
 * Runs a service as this process: settings are checked first, SIGTERM and SIGINT stop it gracefully; a second signal or
 * ten seconds end it. If settings are invalid, it prints a line for each and exits with code 1.
 */
export const runProcess = (name: ProcessName, start: Start<Settings>): Promise<void> =>
  runProcessWith(sharedSettings, name, start);

/** The same for a process with settings of its own. */
export const runProcessWith = async <S extends Settings>(
  read: (reader: SettingsReader) => S,
  name: ProcessName,
  start: Start<S>,
): Promise<void> => {
  // Whatever this process writes is for its own user alone.
  process.umask(0o077);
  const settings = await settingsOrExit(read, name);
  const logger = createLogger(name, settings.logLevel);
  let running: Running | null = null;
  const { hasStopped } = stopOnSignal(logger, async () => running?.close());
  const fail = (error: unknown, message: string) => {
    if (hasStopped()) return;
    logger.fatal({ err: error }, message);
    process.exit(1);
  };
  process.on('unhandledRejection', (error) => fail(error, 'unhandled rejection'));
  process.on('uncaughtException', (error) => {
    // express-gateway does not listen for errors of its server: a port in use arrives here.
    if (isListening(error)) exitWith(cannotListen(name, settings, error));
    fail(error, 'uncaught exception');
  });

  try {
    if (name !== 'gateway') warnOfWideDataDir(settings.dataDir, logger);
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
    if (isListening(error)) exitWith(cannotListen(name, settings, error));
    fail(error, 'could not start');
  }
};

const isListening = (error: unknown): boolean => (error as NodeJS.ErrnoException).syscall === 'listen';

const settingsOrExit = async <S extends Settings>(read: (reader: SettingsReader) => S, name: ProcessName): Promise<S> => {
  try {
    return await readUsableSettings(read, { listeners: [name], needsDataDir: name === 'auth-service' });
  } catch (error) {
    if (error instanceof WrongSetting) exitWith(error.message);
    throw error;
  }
};

const exitWith = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};
