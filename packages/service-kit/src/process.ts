import { prepareDataDir } from './data-dir';
import { createLogger, type Logger } from './logger';
import { readSettings, WrongSetting, type Settings } from './settings';
import { stopOnSignal } from './stop-on-signal';
import { startTracing } from './tracing';

/** A started service: `close` finishes what is in flight. */
export interface Running {
  close(): Promise<void>;
}

/**
 * Runs a service as this process: settings are checked first, SIGTERM and SIGINT stop it gracefully; a second signal or
 * ten seconds end it. A wrong setting is one sentence and exit code 1.
 */
export const runProcess = async (
  name: string,
  start: (settings: Settings, logger: Logger) => Promise<Running>,
): Promise<void> => {
  // Whatever this process writes is for its own user alone.
  process.umask(0o077);
  const settings = settingsOrExit();
  const logger = createLogger(name, settings.logLevel);
  let running: Running | null = null;
  const { hasStopped } = stopOnSignal(logger, async () => running?.close());
  const fail = (error: unknown, message: string) => {
    if (hasStopped()) return;
    logger.fatal({ err: error }, message);
    process.exit(1);
  };
  process.on('unhandledRejection', (error) => fail(error, 'unhandled rejection'));
  process.on('uncaughtException', (error) => fail(error, 'uncaught exception'));

  try {
    if (keepsFiles(name, settings)) prepareDataDir(settings, logger);
    const tracing = await startTracing(name, settings.otlpEndpoint, logger);
    const service = await start(settings, logger);
    running = {
      close: async () => {
        await service.close();
        await tracing.close();
      },
    };
    logger.info('ready');
  } catch (error) {
    if (error instanceof WrongSetting) exitWith(error.message);
    fail(error, 'could not start');
  }
};

/** With all real engines, only auth-service has files: its keys. */
const keepsFiles = (name: string, { eventStoreUrl, mongodbUrl, kafkaBrokers }: Settings): boolean =>
  name === 'auth-service' || [eventStoreUrl, mongodbUrl, kafkaBrokers].includes(null);

const settingsOrExit = (): Settings => {
  try {
    return readSettings();
  } catch (error) {
    if (error instanceof WrongSetting) exitWith(error.message);
    throw error;
  }
};

const exitWith = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};
