import { warnOfExposedDataDir } from './data-dir';
import { createLogger, type Logger } from './logger';
import type { ProcessName } from './process-names';
import { sharedSettings, InvalidSettings, type Settings, type SettingsReader } from './settings';
import { stopOnSignal } from './stop-on-signal';
import { startTracing } from './tracing';
import { cannotListen, readUsableSettings } from './usable-settings';

/** A started service. `close` finishes the work in flight. */
export interface Running {
  close(): Promise<void>;
}

type Start<S> = (settings: S, logger: Logger) => Promise<Running>;

/**
 * Runs a service as this process. If settings are invalid, prints a line for each and exits with code 1. SIGTERM and SIGINT stop
 * the service gracefully; a second signal, or ten seconds, end the process.
 */
export const runProcess = (name: ProcessName, start: Start<Settings>): Promise<void> =>
  runProcessWith(sharedSettings, name, start);

/** Like `runProcess`, for a process with its own settings. */
export const runProcessWith = async <S extends Settings>(
  read: (reader: SettingsReader) => S,
  name: ProcessName,
  start: Start<S>,
): Promise<void> => {
  // Files that this process creates are private to its user.
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
    // express-gateway does not handle errors of its server, so a port in use is reported here.
    if (isListening(error)) exitWith(cannotListen(name, settings, error));
    fail(error, 'uncaught exception');
  });

  try {
    if (name !== 'gateway') warnOfExposedDataDir(settings.dataDir, logger);
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
    if (error instanceof InvalidSettings) exitWith(error.message);
    // Another process took the port after this one had checked it.
    if (isListening(error)) exitWith(cannotListen(name, settings, error));
    fail(error, 'could not start');
  }
};

const isListening = (error: unknown): boolean => (error as NodeJS.ErrnoException).syscall === 'listen';

const settingsOrExit = async <S extends Settings>(read: (reader: SettingsReader) => S, name: ProcessName): Promise<S> => {
  try {
    return await readUsableSettings(read, { listeners: [name], needsDataDir: name === 'auth-service' });
  } catch (error) {
    if (error instanceof InvalidSettings) exitWith(error.message);
    throw error;
  }
};

const exitWith = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};
