import type { Server } from 'node:http';
import { join } from 'node:path';
import type { Policies } from './policies/policy';
import { usePolicies } from './plugin';

interface ExpressGateway {
  load(configDirectory: string): { run(): Promise<[{ readonly app: Server }, unknown]> };
}

/** The part of an Express application that this module changes: its middlewares, in the order in which they run. */
interface ExpressApplication {
  readonly _router: { stack: { readonly name: string }[] };
}

/**
 * Middlewares that Express and express-gateway install for every request, which no policy here uses: the parsed query, the methods
 * that Express adds to requests and responses, and the state of passport. They cost more than most policies.
 */
const UNUSED_MIDDLEWARES: ReadonlySet<string> = new Set(['query', 'expressInit', 'initialize']);

const CONFIG_DIRECTORY = join(__dirname, '../config');
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'];

/** Runs express-gateway in this process with the given policies. @returns its listening server; close it to stop */
export const runExpressGateway = async (policies: Policies, { host, port }: { host: string; port: number }): Promise<Server> => {
  for (const name of PROXY_VARIABLES) delete process.env[name];
  Object.assign(process.env, {
    EG_DISABLE_CONFIG_WATCH: 'true',
    EG_HTTP_HOST: host,
    EG_HTTP_PORT: String(port),
    EG_PLUGIN: join(__dirname, 'plugin'),
    // Affects only express-gateway's own console log, which has another format than the gateway's log.
    LOG_LEVEL: 'warn',
  });
  usePolicies(policies);
  // Load it only now, because it reads the environment on load.
  const start = require('express-gateway') as () => ExpressGateway;
  const [{ app }] = await start().load(CONFIG_DIRECTORY).run();
  removeUnusedMiddlewares(app);
  return app;
};

/** @throws Error if a version of Express or express-gateway no longer has one of them under its name */
const removeUnusedMiddlewares = (server: Server): void => {
  const [application] = server.listeners('request') as unknown as [ExpressApplication];
  const { _router: router } = application;
  const kept = router.stack.filter(({ name }) => !UNUSED_MIDDLEWARES.has(name));
  if (router.stack.length - kept.length !== UNUSED_MIDDLEWARES.size)
    throw new Error('express-gateway has other middlewares than expected: compare UNUSED_MIDDLEWARES with its version');
  router.stack = kept;
};
