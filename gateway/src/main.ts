import { verifyTokensOf } from '@rewards/service-kit/access-token-verification';
import { createLogger, type Logger } from '@rewards/service-kit/logger';
import { WrongSetting } from '@rewards/service-kit/settings';
import { startTracing, type Tracing } from '@rewards/service-kit/tracing';
import { cannotListen, readUsableSettings } from '@rewards/service-kit/usable-settings';
import { startGateway, type Gateway } from './gateway';
import { gatewaySettings, type GatewaySettings } from './settings';

const main = async (): Promise<void> => {
  const settings = await settingsOrExit();
  const logger = createLogger('gateway', settings.logLevel);
  const fail = (error: unknown, message: string) => {
    logger.fatal({ err: error }, message);
    process.exit(1);
  };
  process.on('unhandledRejection', (error) => fail(error, 'unhandled rejection'));
  process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
    // express-gateway does not listen for errors of its server: a port in use arrives here.
    if (error.syscall === 'listen') exitWith(cannotListen('gateway', settings, error));
    fail(error, 'uncaught exception');
  });
  const tracing = await startTracing('gateway', settings.otlpEndpoint, logger);
  const gateway = await startGateway({ settings, logger, identify: verifyTokensOf(settings.instances.auth).identify });
  stopOnSignal(gateway, tracing, logger);
  logger.info({ port: gateway.port }, 'ready');
};

/** The first signal lets what is in hand finish; the second one ends the process. */
const stopOnSignal = (gateway: Gateway, tracing: Tracing, logger: Logger): void => {
  let isStopping = false;
  const stop = async (signal: string) => {
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.info({ signal }, 'stopping');
    await gateway.stop();
    await tracing.close();
    logger.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
};

const settingsOrExit = async (): Promise<GatewaySettings> => {
  try {
    return await readUsableSettings(gatewaySettings, { listeners: ['gateway'], needsDataDir: false });
  } catch (error) {
    if (error instanceof WrongSetting) exitWith(error.message);
    throw error;
  }
};

const exitWith = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};

void main();
