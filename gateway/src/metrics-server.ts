import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '@rewards/service-kit/logger';
import type { Metrics } from '@rewards/service-kit/metrics';
import { InvalidSettings } from '@rewards/service-kit/settings';
import type { GatewaySettings } from './settings';

/** The HTTP server for metrics. */
export interface MetricsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves only `GET /metrics`, on a separate port, so that it is not public.
 * @returns null, after a warning, if the default port cannot be used
 * @throws InvalidSettings if a configured port cannot be used
 */
export const serveMetrics = async (
  metrics: Metrics,
  { host, metricsPort }: Pick<GatewaySettings, 'host' | 'metricsPort'>,
  logger: Logger,
): Promise<MetricsServer | null> => {
  const server = createMetricsServer(metrics, logger);
  try {
    server.listen(metricsPort.port, host);
    await once(server, 'listening');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = `Port ${metricsPort.port} (gateway, GATEWAY_METRICS_PORT) ${code === 'EADDRINUSE' ? 'is already in use' : `cannot be used: ${code}`}.`;
    if (metricsPort.isChosen) throw new InvalidSettings(problem);
    logger.warn(`${problem} The gateway serves no metrics. Set GATEWAY_METRICS_PORT to a free port.`);
    return null;
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

const createMetricsServer = (metrics: Metrics, logger: Logger): Server =>
  createServer((request, response) => {
    request.resume();
    const isMetricsRequest = request.url?.split('?', 1)[0] === '/metrics' && ['GET', 'HEAD'].includes(request.method ?? '');
    if (!isMetricsRequest) return void response.writeHead(404).end();
    metrics.registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
      (error: unknown) => {
        logger.warn({ err: error }, 'collecting the metrics failed');
        response.writeHead(500).end();
      },
    );
  });
