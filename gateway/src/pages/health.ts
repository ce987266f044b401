import { singleFlight } from '@rewards/async';
import { SERVICES, type ServiceName } from '@rewards/contracts';
import { rejected } from '../gateway.problems';
import type { Upstreams } from '../upstreams';

const LIMIT_MS = 2_000;

/** Parts whose reasons name addresses and files: those are for the services' own network. */
const ENGINES: ReadonlySet<string> = new Set(['eventStore', 'documentStore', 'messageBus', 'accountDirectory']);

interface ServiceState {
  readonly state: 'up' | 'down';
  /** Why parts of the service are down, with the remedy. */
  readonly reasons: Readonly<Record<string, string>>;
}
export type ServiceStates = Readonly<Record<ServiceName, ServiceState>>;

/** Asks all services at once whether they are ready. However many ask us, each service is asked once at a time. */
export const createHealth = (upstreams: Upstreams): (() => Promise<ServiceStates>) =>
  singleFlight(async () => {
    const states = await Promise.all(
      SERVICES.map(async (service): Promise<readonly [ServiceName, ServiceState]> => {
        const answer = await upstreams.ask(service, '/health/ready', LIMIT_MS);
        return [service, { state: answer?.isOk ? 'up' : 'down', reasons: answer && !answer.isOk ? reasonsIn(answer.text) : {} }];
      }),
    );
    return Object.fromEntries(states) as ServiceStates;
  });

/** @throws Rejected NOT_READY that names the services when one is not ready */
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
    const given = typeof reasons === 'object' && reasons !== null ? Object.entries(reasons) : [];
    const told = given.filter(([part, reason]) => !ENGINES.has(part) && typeof reason === 'string');
    return Object.fromEntries(told) as Record<string, string>;
  } catch {
    return {};
  }
};
