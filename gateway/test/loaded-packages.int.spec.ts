import { readdirSync, readFileSync, statSync } from 'node:fs';
import fs from 'node:fs';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { dirname, join, sep } from 'node:path';
import { makeToken, startWorld, type World } from './harness';

/** Packages that are aliased to an empty package, or that belong to unused parts of express-gateway. */
const NEVER_LOADED = [
  'connect-ensure-login',
  'ejs',
  'express-rate-limit',
  'express-session',
  'find-up',
  'http-proxy',
  'oauth2orize',
  'passport-http',
  'passport-http-bearer',
  'passport-jwt',
  'passport-local',
  'passport-oauth2-client-password',
  'proxy-agent',
  'rate-limit-redis',
  'superagent-logger',
  'superagent-prefix',
  'yargs',
  'yawn-yaml',
  'yeoman-environment',
  'yeoman-generator',
];

const ROOT = join(__dirname, '..');

/** Returns `name` or `@scope/name` of the package of a file. */
const packageOf = (file: string): string | null => {
  const parts = file.split(`${sep}node_modules${sep}`).at(-1)?.split(sep) ?? [];
  return file.includes('node_modules') ? parts.slice(0, parts[0]?.startsWith('@') ? 2 : 1).join('/') : null;
};

const packagesOfThePage = (): string[] => {
  const page = readFileSync(join(ROOT, '../docs/decisions/0004-gateway-on-express-gateway.md'), 'utf8');
  return (/```text\n([^`]*)```/.exec(page)?.[1] ?? '').split(/\s+/).filter(Boolean).sort();
};

const loadedFiles = (): string[] => Object.keys(require.cache);

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [`${path} ${statSync(path).mtimeMs}`];
  });

describe('express-gateway inside the gateway', () => {
  const connections: unknown[] = [];
  const writes: string[] = [];
  const files = () => [...filesUnder(join(ROOT, 'config')), ...readdirSync(ROOT)];
  let setPrototypeOf: jest.SpyInstance;
  let before: string[];
  let world: World;

  beforeAll(async () => {
    before = files();
    for (const name of ['writeFile', 'appendFile', 'createWriteStream'] as const) {
      jest.spyOn(fs, name).mockImplementation(((path: string) => void writes.push(path)) as never);
    }
    const connect = Socket.prototype.connect;
    jest.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...options: unknown[]) {
      connections.push(options);
      return (connect as (...args: unknown[]) => Socket).apply(this, options);
    });
    setPrototypeOf = jest.spyOn(Object, 'setPrototypeOf');
    world = await startWorld();
  });
  afterAll(async () => {
    await world.stop();
    jest.restoreAllMocks();
  });

  it('opens no connection at startup, neither to Redis nor to an admin API', () => {
    expect(connections).toEqual([]);
  });

  it('loads exactly the packages listed in the decision record, and none of its own policies', async () => {
    const response = await fetch(`${world.url}/events`, { headers: { authorization: `Bearer ${makeToken(['USER'])}` } });
    expect(response.status).toBe(200);
    const loaded = new Set(loadedFiles().map(packageOf));
    loaded.delete(null);
    expect([...loaded].sort()).toEqual(packagesOfThePage());
    expect(NEVER_LOADED.filter((name) => loaded.has(name))).toEqual([]);
    const own = loadedFiles().filter((file) => packageOf(file) === 'express-gateway');
    expect(
      own.filter((file) =>
        /policies.(?!index\.js)|rest.routes|plugin-installer|\bbin\b/.test(file.split('express-gateway').at(-1) ?? ''),
      ),
    ).toEqual([]);
  });

  it('runs none of the middlewares of Express, which make each request object slow', async () => {
    await fetch(`${world.url}/events`);
    const changed = setPrototypeOf.mock.calls.filter(([target]) => target instanceof IncomingMessage);
    expect(changed).toEqual([]);
  });

  it('resolves an unused dependency to an empty package', () => {
    const { name } = JSON.parse(
      readFileSync(require.resolve('superagent/package.json', { paths: [dirname(require.resolve('express-gateway'))] }), 'utf8'),
    ) as { name: string };
    expect(name).toBe('empty-npm-package');
  });

  it('writes no file', () => {
    expect(writes).toEqual([]);
    expect(files()).toEqual(before);
  });
});
