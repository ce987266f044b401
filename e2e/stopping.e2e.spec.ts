import { execFile } from 'node:child_process';
import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@rewards/testing/until';
import { fetchFrom } from '@rewards/testing/http';
import { Client } from './testing/client';
import { Story } from './testing/story';
import { ROOT, SERVICES, System } from './testing/system';

const EMBEDDED = { EVENTSTORE_URL: '', MONGODB_URL: '', KAFKA_BROKERS: '' };
const run = promisify(execFile);

/** Runs `npm run verify` on a data directory. */
const verify = (dataDir: string): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> =>
  run(process.execPath, [join(ROOT, 'projections/dist/verification/verify.js')], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir },
  }).then(
    (output) => ({ code: 0, ...output }),
    (error: unknown) => error as { code: number; stdout: string; stderr: string },
  );

const filesOf = (directory: string): string[] => readdirSync(directory, { recursive: true, encoding: 'utf8' });

describe('embedded databases', () => {
  let system: System;
  let copy: string;
  beforeEach(async () => {
    copy = await mkdtemp(join(tmpdir(), 'copy-'));
    system = await System.start({ ...EMBEDDED, LOG_LEVEL: 'info' });
  }, 60_000);
  afterEach(async () => {
    await system.stop();
    await rm(copy, { recursive: true, force: true });
  });
  const stopAll = () => Promise.all(SERVICES.map((service) => system.kill(service, 'SIGTERM')));

  it('are complete without their WAL files after a clean stop', async () => {
    const story = await Story.begin(system);
    await story.play();
    const position = async () => (await story.auditor.get('/projections')).body.data as { lagEvents: number }[];
    await until('the read models', async () => (await position()).every(({ lagEvents }) => lagEvents === 0), Boolean, {
      withinMs: 30_000,
    });
    await stopAll();
    expect(SERVICES.map((service) => system.exitCodeOf(service))).toEqual(SERVICES.map(() => 0));
    const pendingWal = filesOf(system.dataDir).filter(
      (file) => file.endsWith('-wal') && statSync(join(system.dataDir, file)).size > 0,
    );
    expect(pendingWal).toEqual([]);

    const databases = filesOf(system.dataDir).filter((file) => file.endsWith('.db'));
    expect(databases.toSorted()).toEqual(
      expect.arrayContaining([
        'accounts.db',
        'bus/group-command-service.db',
        'bus/topic-logins.db',
        'delivery.db',
        'events.db',
        'views.db',
      ]),
    );
    for (const database of databases) {
      mkdirSync(dirname(join(copy, database)), { recursive: true });
      copyFileSync(join(system.dataDir, database), join(copy, database));
    }
    const { code, stdout } = await verify(copy);
    expect(stdout).toMatch(/^The books are right\.$/m);
    expect(code).toBe(0);
  }, 60_000);

  it('are named by every service and command that needs them if they are damaged', async () => {
    const player = new Client(system);
    await player.register();
    await player.logIn();
    await stopAll();
    const descriptor = openSync(join(system.dataDir, 'events.db'), 'r+');
    writeSync(descriptor, Buffer.alloc(statSync(join(system.dataDir, 'events.db')).size, 0xab));
    closeSync(descriptor);

    for (const service of SERVICES) system.launch(service);
    for (const service of ['command-service', 'projections'] as const) {
      const ready = () => fetchFrom(system.urlOf(service), '/health/ready').catch(() => null);
      await until(`${service} to be down`, async () => (await ready())?.status === 503, Boolean, { withinMs: 30_000 });
      const { parts, reasons } = (await (await ready())?.json()) as Record<'parts' | 'reasons', Record<string, string>>;
      expect(parts.eventStore).toBe('down');
      expect(reasons.eventStore).toMatch(/events\.db is damaged \(SQLITE_NOTADB.*Restore in docs\/operations\.md/);
    }
    const line = /"level":"error".*events\.db is damaged.*the tasks that depend on it have stopped/;
    const loggedBy = () =>
      system.output
        .split('\n')
        .filter((text) => line.test(text))
        .map((text) => (JSON.parse(text) as { service: string }).service);
    const hasLogged = () => ['command-service', 'projections'].every((service) => loggedBy().includes(service));
    await until('the log lines', hasLogged, Boolean, { withinMs: 30_000 });

    const { code, stderr } = await verify(system.dataDir);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/events\.db is damaged/)]);
    await stopAll();
    expect(SERVICES.map((service) => system.exitCodeOf(service))).toEqual(SERVICES.map(() => 0));
    expect(new Set(loggedBy()).size).toBe(loggedBy().length);
  }, 60_000);
});
