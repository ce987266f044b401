import { singleFlight } from '@rewards/async';
import { SERVICES, type ServiceName } from '@rewards/contracts';
import { rejected } from '../gateway.problems';
import type { Upstreams } from '../upstreams';

const TIMEOUT_MS = 2_000;

/** Parts whose reasons contain addresses and file paths, which must not be public. */
const ENGINES: ReadonlySet<string> = new Set(['eventStore', 'documentStore', 'messageBus', 'accountDirectory', 'secrets']);

interface ServiceState {
  readonly state: 'up' | 'down';
  /** The reason and the remedy for each part that is down. */
  readonly reasons: Readonly<Record<string, string>>;
}
export type ServiceStates = Readonly<Record<ServiceName, ServiceState>>;

/** Checks the readiness of all services concurrently. Concurrent calls share one check. */
export const createHealth = (upstreams: Upstreams): (() => Promise<ServiceStates>) =>
  singleFlight(async () => {
    const states = await Promise.all(
      SERVICES.map(async (service): Promise<readonly [ServiceName, ServiceState]> => {
        const answer = await upstreams.ask(service, '/health/ready', TIMEOUT_MS);
        return [service, { state: answer?.isOk ? 'up' : 'down', reasons: answer && !answer.isOk ? reasonsIn(answer.text) : {} }];
      }),
    );
    return Object.fromEntries(states) as ServiceStates;
  });

/** @throws Rejected NOT_READY, which names the services that are not ready */
export const healthAnswer = (states: ServiceStates): { readonly data: unknown } => {
  const services = Object.fromEntries(SERVICES.map((service) => [service, states[service].state]));
  const down = SERVICES.filter((service) => states[service].state === 'down');
  if (down.length === 0) return { data: { status: 'ok', services } };
  const reasons = Object.fromEntries(
    down
      .filter((service) => Object.keys(states[service].reasons).length > 0)
      .map((service) => [service, states[service].reasons]),
  );
  throw rejected('NOT_READY', { services, ...(Object.keys(reasons).length > 0 && { reasons }) });
};

const reasonsIn = (text: string): Readonly<Record<string, string>> => {
  try {
    const { reasons } = JSON.parse(text) as { readonly reasons?: unknown };
    const entries = typeof reasons === 'object' && reasons !== null ? Object.entries(reasons) : [];
    const publicReasons = entries.filter(([part, reason]) => !ENGINES.has(part) && typeof reason === 'string');
    return Object.fromEntries(publicReasons) as Record<string, string>;
  } catch {
    return {};
  }
};
