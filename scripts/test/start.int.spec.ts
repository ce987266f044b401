import { statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { until } from '@rewards/testing/until';
import { freePorts } from '@rewards/testing/free-ports';
import { Checkout, type Running } from './checkout';

/** The program of each service. */
const PROGRAMS = {
  'auth-service': 'auth-service/dist/main.js',
  'command-service': 'command-service/dist/main.js',
  delivery: 'command-service/dist/delivery.js',
  gateway: 'gateway/dist/main.js',
  'query-service': 'query-service/dist/main.js',
  projections: 'projections/dist/main.js',
};
const SERVICES = Object.keys(PROGRAMS);
const PORT_SETTINGS = ['AUTH_PORT', 'COMMAND_PORT', 'DELIVERY_PORT', 'GATEWAY_PORT', 'QUERY_PORT', 'PROJECTIONS_PORT'];

/** Returns the source of a fake service. The gateway serves health. Each logs its start and the signal that stops it. */
const fakeOf = (service: string): string => `
  const name = '${service}';
  const log = (msg) => process.stdout.write(JSON.stringify({ service: name, level: 'info', msg, pid: process.pid }) + '\\n');
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { log('stopped by ' + signal); process.exit(0); });
  process.stderr.write('plain words\\n');
  log('started');
  if (name === 'gateway') require('node:http').createServer((_, response) => response.end()).listen(process.env.GATEWAY_PORT, '127.0.0.1');
  else setInterval(() => undefined, 1_000);
`;

describe('npm start', () => {
  let checkout: Checkout;
  let env: Record<string, string>;
  const settingsOf = (ports: readonly number[]) => ({
    DATA_DIR: `${checkout.root}/data`,
    ...Object.fromEntries(PORT_SETTINGS.map((setting, index) => [setting, String(ports[index])])),
  });

  beforeEach(async () => {
    checkout = new Checkout();
    for (const [service, program] of Object.entries(PROGRAMS)) checkout.write(program, fakeOf(service));
    checkout.source('packages/service-kit', 'usable-settings');
    checkout.source('gateway', 'settings');
    const ports = await freePorts(PORT_SETTINGS.length);
    env = settingsOf(ports);
  });
  afterEach(() => checkout.remove());

  const start = () => checkout.node('scripts/start.mjs', { env });
  const untilPrinted = (running: Running, pattern: RegExp) =>
    until(`the output ${pattern}`, running.output, (output) => pattern.test(output));
  /**
   * Waits for every service. The script only checks the health of the gateway, and the fake gateway does not check the others.
   */
  const started = async () => {
    const running = start();
    await untilPrinted(running, /^Ready on/m);
    for (const service of SERVICES) await untilPrinted(running, new RegExp(`"service":"${service}".*"started"`));
    return running;
  };
  const pidOf = (running: Running, service: string) =>
    Number(new RegExp(`"service":"${service}".*"started","pid":(\\d+)`).exec(running.output())?.[1]);

  it('prints its addresses when everything is ready, and stops all services on SIGTERM', async () => {
    const running = await started();
    const url = `http://127.0.0.1:${env.GATEWAY_PORT}`;
    expect(running.output()).toContain(
      `Ready on ${url}\n  Console  ${url}/console\n  Players  ${url}/play\n  API      ${url}/api-docs\n`,
    );
    running.child.kill('SIGTERM');
    expect(await running.exited).toBe(0);
    for (const service of SERVICES)
      expect(running.output()).toContain(`{"service":"${service}","level":"info","msg":"stopped by SIGTERM"`);
  });

  it('treats one Ctrl-C from the terminal and from npm as one signal', async () => {
    const running = await started();
    running.child.kill('SIGINT');
    running.child.kill('SIGINT');
    expect(await running.exited).toBe(0);
    expect(running.output()).toContain('"stopped by SIGINT"');
  });

  it('prints JSON lines unchanged and prefixes other lines with the service', async () => {
    const running = start();
    await untilPrinted(running, /^\{"service":"projections"/m);
    await untilPrinted(running, /^\[query-service\] plain words$/m);
  });

  it('prints the path of the first password, but not the password itself, to a pipe', async () => {
    checkout.write('data/initial-admin-password', 'open sesame\n');
    const running = start();
    await untilPrinted(running, /^To try it/m);
    expect(running.output()).toContain(
      `First administrator: admin@example.com, password in ${checkout.root}/data/initial-admin-password`,
    );
    expect(running.output()).not.toContain('open sesame');
  });

  it('names the account of the first password even if ADMIN_EMAIL and ADMIN_PASSWORD have changed', async () => {
    checkout.write('data/initial-admin-password', 'open sesame\n');
    checkout.write('data/first-admin-email', 'first@example.com\n');
    Object.assign(env, { ADMIN_EMAIL: 'second@example.com', ADMIN_PASSWORD: 'another password' });
    const running = start();
    await untilPrinted(running, /^To try it/m);
    expect(running.output()).toContain(`First administrator: first@example.com, password in ${checkout.root}/data/`);
    expect(running.output()).not.toContain('second@example.com');
  });

  it('reads settings from .env unless the environment has them', async () => {
    delete env.DATA_DIR;
    checkout.write('.env', `GATEWAY_PORT=1\nADMIN_EMAIL=first@example.com\nDATA_DIR=${checkout.root}/elsewhere\n`);
    checkout.write('elsewhere/initial-admin-password', 'open sesame\n');
    const running = start();
    await untilPrinted(running, /^First administrator: first@example.com/m);
  });

  it('stops all services when one crashes', async () => {
    const running = await started();
    process.kill(pidOf(running, 'query-service'), 'SIGKILL');
    expect(await running.exited).toBe(1);
    expect(running.output()).toMatch(/^query-service exited unexpectedly \(SIGKILL\), stopping all services\.$/m);
  });

  it('stops all services when one cannot start', async () => {
    checkout.write('projections/dist/main.js', "process.stderr.write('EVENTSTORE_URL is set.\\n'); process.exit(1);");
    checkout.write('gateway/dist/main.js', 'setInterval(() => undefined, 1_000);');
    const running = start();
    expect(await running.exited).toBe(1);
    expect(running.output()).toContain('[projections] EVENTSTORE_URL is set.');
    expect(running.output()).toMatch(/^projections could not start, stopping all services\.$/m);
    expect(running.output()).not.toContain('unexpectedly');
  });

  it('names a port that is in use and starts nothing', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const { port } = server.address() as AddressInfo;
    env.QUERY_PORT = String(port);
    const running = start();
    expect(await running.exited).toBe(1);
    expect(running.output()).toMatch(
      new RegExp(`Built in .*\\nPort ${port} \\(query-service, QUERY_PORT\\) is already in use\\.\\n$`),
    );
    await new Promise((closed) => server.close(closed));
  });

  it('reports all invalid settings once, and starts nothing', async () => {
    Object.assign(env, { QUERY_PORT: env.AUTH_PORT, RATE_LIMIT: 'maybe', CORS_ORIGINS: '*', DATA_DIR: '/proc/self/data' });
    const running = start();
    expect(await running.exited).toBe(1);
    const [, ...lines] = running.output().slice(running.output().indexOf('Built in')).trim().split('\n');
    expect(lines).toEqual([
      'RATE_LIMIT must be one of on, off, not "maybe".',
      'CORS_ORIGINS must be a comma-separated list of origins such as https://play.example.com, not "*".',
      expect.stringContaining('DATA_DIR (/proc/self/data) cannot be used: '),
      `AUTH_PORT and QUERY_PORT must be different ports, not both ${env.AUTH_PORT}.`,
    ]);
  });

  it('prints the engines that it uses, without credentials', async () => {
    env.EVENTSTORE_URL = 'esdb://admin:changeit@one:2113,two:2113?tls=false';
    const running = await started();
    expect(running.output()).toContain(
      [
        'Engines:',
        '  event store: EventStoreDB at one:2113,two:2113',
        `  document store: embedded, in ${checkout.root}/data`,
        `  message bus: embedded, in ${checkout.root}/data/bus`,
        '',
      ].join('\n'),
    );
    expect(running.output()).not.toContain('changeit');
  });

  it('names each service that is not ready, with its parts and reasons', async () => {
    checkout.write('gateway/dist/main.js', 'setInterval(() => undefined, 1_000);');
    checkout.write(
      'projections/dist/main.js',
      `require('node:http').createServer((_, response) => {
         response.statusCode = 503;
         response.end(JSON.stringify({ reasons: { eventStore: 'connection refused by one:2113' } }));
       }).listen(process.env.PROJECTIONS_PORT, '127.0.0.1');`,
    );
    const running = start();
    await untilPrinted(running, /^Still waiting for/m);
    expect(running.output()).toContain('\n  projections: eventStore is down (connection refused by one:2113)\n');
    expect(running.output()).toContain('\n  auth-service: does not answer yet\n');
  });

  describe('a second npm start on the same DATA_DIR', () => {
    const startOnOtherPorts = async (settings: Record<string, string> = {}) => {
      const ports = await freePorts(PORT_SETTINGS.length);
      env = { ...settings, ...settingsOf(ports) };
      return start();
    };

    it('exits without starting anything', async () => {
      const first = await started();
      const second = await startOnOtherPorts();
      expect(await second.exited).toBe(1);
      expect(second.output()).toContain(
        `Another npm start (process ${first.child.pid}) runs on ${checkout.root}/data. Stop it first, or set DATA_DIR to another folder.\n`,
      );
      first.child.kill('SIGTERM');
      expect(await first.exited).toBe(0);
      await untilPrinted(await startOnOtherPorts(), /^Ready on/m);
    });

    it('starts after the first was killed, even if another process has its id', async () => {
      const first = await started();
      first.child.kill('SIGKILL');
      await first.exited;
      for (const service of SERVICES) process.kill(pidOf(first, service), 'SIGKILL');
      expect(statSync(join(checkout.root, 'data/npm-start.lock')).mode & 0o777).toBe(0o600);
      const lock = JSON.parse(checkout.read('data/npm-start.lock')) as { pid: number };
      expect(lock.pid).toBe(first.child.pid);
      checkout.write('data/npm-start.lock', JSON.stringify({ ...lock, pid: process.pid }));
      await untilPrinted(await startOnOtherPorts(), /^Ready on/m);
    });

    it('starts if all engines are servers', async () => {
      const servers = { EVENTSTORE_URL: 'esdb://one', MONGODB_URL: 'mongodb://one', KAFKA_BROKERS: 'one:9092' };
      env = { ...env, ...servers };
      await started();
      await untilPrinted(await startOnOtherPorts(servers), /^Ready on/m);
    });
  });

  it('kills services that do not stop, on a second signal', async () => {
    checkout.write(
      'projections/dist/main.js',
      `${fakeOf('projections')} process.removeAllListeners('SIGTERM').on('SIGTERM', () => log('ignored SIGTERM'));`,
    );
    const running = await started();
    running.child.kill('SIGTERM');
    await untilPrinted(running, /"ignored SIGTERM"/);
    const repeating = setInterval(() => running.child.kill('SIGTERM'), 100);
    expect(await running.exited).toBe(1);
    clearInterval(repeating);
  });
});
