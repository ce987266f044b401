import { SERVICES, type ServiceName } from '@rewards/contracts';
import { problem } from '@rewards/service-kit/problem';
import { singleFlight } from '../single-flight';
import type { Upstreams } from '../upstreams';

const LIMIT_MS = 2_000;

export type ServiceStates = Readonly<Record<ServiceName, 'up' | 'down'>>;

/** Asks all services at once whether they are ready. However many ask us, each service is asked once at a time. */
export const createHealth = (upstreams: Upstreams): (() => Promise<ServiceStates>) =>
  singleFlight(async () => {
    const states = await Promise.all(
      SERVICES.map(
        async (service) =>
          [service, (await upstreams.read(service, '/health/ready', LIMIT_MS)) === null ? 'down' : 'up'] as const,
      ),
    );
    return Object.fromEntries(states) as ServiceStates;
  });

/** @throws Problem UNAVAILABLE that names the services when one is not ready */
export const healthAnswer = (services: ServiceStates): { readonly data: unknown } => {
  const down = SERVICES.filter((service) => services[service] === 'down');
  if (down.length > 0) throw problem('UNAVAILABLE', { detail: `Not ready: ${down.join(', ')}.`, extensions: { services } });
  return { data: { status: 'ok', services } };
};
