import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Policies } from './policies/policy';
import { usePolicies } from './plugin';

interface ExpressGateway {
  load(configDirectory: string): { run(): Promise<[{ readonly app: Server }, unknown]> };
}

const CONFIG_DIRECTORY = join(__dirname, '../config');
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'];

/** Runs express-gateway in this process with our policies. @returns its server, which listens; closing it ends all */
export const runExpressGateway = async (policies: Policies, { host, port }: { host: string; port: number }): Promise<Server> => {
  for (const name of PROXY_VARIABLES) delete process.env[name];
  Object.assign(process.env, {
    EG_DISABLE_CONFIG_WATCH: 'true',
    EG_HTTP_HOST: host,
    EG_HTTP_PORT: String(port),
    EG_PLUGIN: join(__dirname, 'plugin'),
    // For its own log on the console only, which would otherwise be a second format beside ours.
    LOG_LEVEL: 'warn',
  });
  usePolicies(policies);
  // Loaded late: it reads the environment when it is loaded.
  const start = require('express-gateway') as () => ExpressGateway;
  const [{ app }] = await start().load(CONFIG_DIRECTORY).run();
  return app;
};
