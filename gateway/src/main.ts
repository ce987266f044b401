import { verifyTokensOf } from '@rewards/service-kit/access-token-verification';
import { createLogger } from '@rewards/service-kit/logger';
import { WrongSetting } from '@rewards/service-kit/settings';
import { stopOnSignal } from '@rewards/service-kit/stop-on-signal';
import { startTracing, type Tracing } from '@rewards/service-kit/tracing';
import { startGateway, type Gateway } from './gateway';
import { readGatewaySettings, type GatewaySettings } from './settings';

const main = async (): Promise<void> => {
  const settings = settingsOrExit();
  const logger = createLogger('gateway', settings.logLevel);
  const fail = (error: unknown, message: string) => {
    logger.fatal({ err: error }, message);
    process.exit(1);
  };
  process.on('unhandledRejection', (error) => fail(error, 'unhandled rejection'));
  process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
    // express-gateway does not listen for errors of its server: a port in use arrives here.
    if (error.syscall === 'listen') exitWith(cannotListen(settings, error.code));
    fail(error, 'uncaught exception');
  });
  let running: { readonly gateway: Gateway; readonly tracing: Tracing } | null = null;
  stopOnSignal(logger, async () => {
    await running?.gateway.stop();
    await running?.tracing.close();
  });
  const tracing = await startTracing('gateway', settings.otlpEndpoint, logger);
  const gateway = await startGateway({ settings, logger, identify: verifyTokensOf(settings.instances.auth).identify });
  running = { gateway, tracing };
  logger.info({ port: gateway.port }, 'ready');
};

const settingsOrExit = (): GatewaySettings => {
  try {
    return readGatewaySettings();
  } catch (error) {
    if (error instanceof WrongSetting) exitWith(error.message);
    throw error;
  }
};

const cannotListen = ({ host, ports }: GatewaySettings, code: string | undefined): string =>
  `The gateway cannot listen on ${host}:${ports.gateway}: ${code === 'EADDRINUSE' ? 'the port is in use' : code}.`;

const exitWith = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};

void main();
