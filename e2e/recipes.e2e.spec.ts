import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { until } from '@rewards/testing/until';
import { ADAPTER } from './recipes/adapter.recipe';
import { COMMAND } from './recipes/command.recipe';
import { CONDITION } from './recipes/condition.recipe';
import { READ_MODEL } from './recipes/read-model.recipe';
import type { Recipe } from './recipes/recipe';
import { Client } from './testing/client';
import { copyTree } from './testing/copy-tree';
import { programOf, ROOT, SERVICES, System, type Service } from './testing/system';

const apply = (tree: string, { adds, changes }: Recipe): void => {
  for (const [path, text] of Object.entries(adds)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  for (const [path, from, to] of changes) {
    const parts = readFileSync(join(tree, path), 'utf8').split(from);
    if (parts.length !== 2)
      throw new Error(`${path} must contain this text once, but contains it ${parts.length - 1} times: ${from}`);
    writeFileSync(join(tree, path), parts.join(to));
  }
};

/** The workspaces that contain the programs of the services. */
const WORKSPACES = [...new Set(SERVICES.map((service) => programOf(service).split('/')[0] ?? ''))];

const build = (tree: string): void => {
  try {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b', ...WORKSPACES], {
      cwd: tree,
      stdio: 'pipe',
    });
  } catch (error) {
    throw new Error(`The tree with the recipes does not compile: ${String((error as { stdout?: Buffer }).stdout)}`, {
      cause: error,
    });
  }
};

describe('a copy of the tree with the recipes of CONTRIBUTING applied', () => {
  let tree: string;
  let scratch: string;
  let system: System;
  let operator: Client;

  beforeAll(async () => {
    tree = copyTree();
    for (const recipe of [CONDITION, COMMAND, READ_MODEL, ADAPTER]) apply(tree, recipe);
    build(tree);
    scratch = join(tmpdir(), `scratch-${randomUUID()}`);
    mkdirSync(scratch);
    const programs = Object.fromEntries(SERVICES.map((service) => [service, join(tree, programOf(service))]));
    const url = `scratch://${basename(scratch)}`;
    system = await System.start({ MONGODB_URL: url }, programs as Readonly<Record<Service, string>>);
    operator = await Client.withRoles(system, await Client.admin(system), 'OPERATOR', 'AUDITOR');
  }, 180_000);

  afterAll(async () => {
    await system?.stop();
    for (const folder of [tree, scratch]) if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const newEvent = async (condition: object): Promise<string> => {
    const { status, body } = await operator.post('/events', {
      name: 'Recipes',
      startsAt: '2026-01-01T00:00:00.000Z',
      endsAt: '2099-01-01T00:00:00.000Z',
      condition,
      rewards: [{ name: 'potion', type: 'ITEM', amount: 1 }],
      publish: true,
    });
    expect(status).toBe(201);
    return body.data.eventId;
  };
  const newPlayer = async (): Promise<{ readonly player: Client; readonly accountId: string }> => {
    const player = new Client(system);
    const accountId = await player.register();
    await player.logIn();
    return { player, accountId };
  };
  const progressIn = (player: Client, eventId: string) =>
    until(
      'the login to be counted',
      async () => (await player.get(`/events/${eventId}/progress`)).body.data,
      ({ progress }) => progress === 1,
    );

  it('counts logins of the new condition once for each weekday, and verifies the books', async () => {
    const eventId = await newEvent({ type: 'LOGIN_WEEKDAYS', count: 7 });
    const { player, accountId } = await newPlayer();
    const { status, required } = await progressIn(player, eventId);
    expect([status, required]).toEqual(['IN_PROGRESS', 7]);
    const second = await player.logIn();

    const explained = await until(
      'the second login to be explained',
      async () => (await operator.get(`/participations/${eventId}/${accountId}/explain`)).body.data.logins,
      (logins: readonly { loginId: string; reason: string | null }[]) => logins.some(({ loginId }) => loginId === second),
    );
    expect(explained.map(({ reason }) => reason)).toEqual([null, 'SAME_WEEKDAY']);
    await operator.get('/verification?fresh=true');
    const checked = await until(
      'a verification',
      async () => (await operator.get('/verification')).body.data,
      ({ finishedAt, running }) => finishedAt !== null && !running,
    );
    expect(checked.findings).toEqual([]);
    expect(checked.ok).toBe(true);
  });

  it('executes the new command, rejects it in the wrong state, and lists it in the audit', async () => {
    const eventId = await newEvent({ type: 'LOGIN_COUNT', count: 1 });
    expect((await operator.post(`/events/${eventId}/feature`)).status).toBe(200);
    await operator.post(`/events/${eventId}/end`);
    const rejected = await operator.post(`/events/${eventId}/feature`);
    expect([rejected.status, rejected.body.detail]).toEqual([409, 'The event is ENDED, so it cannot be featured.']);
    const position = rejected.headers.get('x-position') ?? '';
    const { body } = await operator.get(`/audit?eventId=${eventId}&type=RewardEventFeatured`, { 'x-min-position': position });
    expect(body.data).toHaveLength(1);
  });

  it('fills the new read model and answers its route from it', async () => {
    const eventId = await newEvent({ type: 'LOGIN_COUNT', count: 1 });
    const { player } = await newPlayer();
    await progressIn(player, eventId);
    const completed = await player.post(`/events/${eventId}/completion`);
    const position = completed.headers.get('x-position') ?? '';
    expect((await player.get('/completions', { 'x-min-position': position })).body).toEqual({ data: { eventIds: [eventId] } });
    const { body } = await operator.get('/projections');
    expect((body.data as { name: string }[]).map(({ name }) => name)).toContain('completions');
  });

  it('stores all documents in the new adapter and none in the default one', () => {
    expect(readdirSync(scratch)).toEqual(expect.arrayContaining(['accounts.db', 'views.db']));
    expect(readdirSync(system.dataDir)).not.toContain('views.db');
  });
});
