/** The processes of the system, with their programs and the names of their ports in the settings. */
export const SERVICES = [
  { name: 'auth-service', program: 'auth-service/dist/main.js', portOf: 'auth' },
  { name: 'command-service', program: 'command-service/dist/main.js', portOf: 'command' },
  { name: 'delivery', program: 'command-service/dist/delivery.js', portOf: 'delivery' },
  { name: 'gateway', program: 'gateway/dist/main.js', portOf: 'gateway' },
  { name: 'query-service', program: 'query-service/dist/main.js', portOf: 'query' },
  { name: 'projections', program: 'projections/dist/main.js', portOf: 'projections' },
];
