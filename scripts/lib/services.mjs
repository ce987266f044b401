/** The processes of the system, with the names of their ports in the settings. */
export const SERVICES = [
  { name: 'auth-service', portOf: 'auth' },
  { name: 'command-service', portOf: 'command' },
  { name: 'gateway', portOf: 'gateway' },
  { name: 'query-service', portOf: 'query' },
  { name: 'projections', portOf: 'projections' },
];
