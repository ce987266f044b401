import { createServer } from 'node:net';

/** The processes of the system, with the setting and the default of the port that each listens on. */
export const SERVICES = [
  { name: 'auth-service', portSetting: 'AUTH_PORT', defaultPort: 3000 },
  { name: 'command-service', portSetting: 'COMMAND_PORT', defaultPort: 3001 },
  { name: 'gateway', portSetting: 'GATEWAY_PORT', defaultPort: 3002 },
  { name: 'query-service', portSetting: 'QUERY_PORT', defaultPort: 3003 },
  { name: 'projections', portSetting: 'PROJECTIONS_PORT', defaultPort: 3004 },
];

export const portOf = ({ portSetting, defaultPort }, env) => Number(env[portSetting]?.trim() || defaultPort);

/**
 * Looks for what would keep the services from listening.
 * @returns {Promise<string | null>} one sentence about the first obstacle
 */
export const portProblem = async (env) => {
  const host = env.HOST?.trim() || '127.0.0.1';
  const seen = new Map();
  for (const service of SERVICES) {
    const { name, portSetting } = service;
    const port = portOf(service, env);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) return `${portSetting} must be a port number from 1 to 65535.`;
    if (seen.has(port)) return `${portSetting} and ${seen.get(port)} are both port ${port}.`;
    seen.set(port, portSetting);
    const code = await tryToListen(host, port);
    if (code === 'EADDRINUSE') return `Port ${port} (${name}, ${portSetting}) is already in use.`;
    if (code !== null) return `${name} cannot listen on ${host}, port ${port}: ${code}.`;
  }
  return null;
};

/** @returns the error code, null when listening works */
const tryToListen = (host, port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }) => resolve(code));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
