import { join } from 'node:path';
import type { ServiceName } from '@rewards/contracts';
import { System, type Service } from '../../testing/system';

const CHEAP_HASHING = join(__dirname, '../../../bench/dist/bench/auth-service-with-cheap-hashing.js');

/** Starts the system with cheap password hashing, which saves time. */
export const startSystem = (environment: NodeJS.ProcessEnv = {}): Promise<System> =>
  System.start(environment, { 'auth-service': CHEAP_HASHING });

/** The process that runs each service of the route table. */
export const PROCESS_OF = {
  auth: 'auth-service',
  command: 'command-service',
  delivery: 'delivery',
  query: 'query-service',
  projections: 'projections',
} as const satisfies Record<ServiceName, Service>;
