import type { ServiceName } from '@rewards/contracts';

/** The processes of the system, each with the prefix of its settings. */
export const PROCESSES = {
  'auth-service': 'auth',
  'command-service': 'command',
  delivery: 'delivery',
  gateway: 'gateway',
  'query-service': 'query',
  projections: 'projections',
} as const satisfies Readonly<Record<string, ServiceName | 'gateway'>>;

/** The name of a process, the same in settings, logs, traces and metrics. */
export type ProcessName = keyof typeof PROCESSES;

export const PROCESS_NAMES = Object.keys(PROCESSES) as readonly ProcessName[];

/** The process that runs a service of the route table. */
export const processOf = (service: ServiceName | 'gateway'): ProcessName =>
  PROCESS_NAMES.find((name) => PROCESSES[name] === service) as ProcessName;
