import { Client } from './testing/client';
import { SERVICES, System, until } from './testing/system';

const HOUR = 3_600_000;
const potion = { name: '극한성장의 비약', type: 'ITEM', amount: 100 };
const gem = { name: '코어 잼스톤', type: 'ITEM', amount: 100 };
const sauna = { name: '사우나 이용권', type: 'COUPON', amount: 5 };

let system: System;
let operator: Client;
let auditor: Client;

beforeAll(async () => {
  system = await System.start();
  const admin = await Client.admin(system);
  operator = await Client.withRoles(system, admin, 'OPERATOR');
  auditor = await Client.withRoles(system, admin, 'AUDITOR');
}, 60_000);
afterAll(() => system.stop());

const createEvent = async (): Promise<string> => {
  const { status, body } = await operator.post('/events', {
    name: '접속 이벤트',
    startsAt: new Date(Date.now() - HOUR).toISOString(),
    endsAt: new Date(Date.now() + HOUR).toISOString(),
    condition: { type: 'LOGIN_COUNT', count: 3 },
    rewards: [potion, gem, sauna],
    publish: true,
  });
  expect(status).toBe(201);
  return body.data.eventId;
};

const progressReaches = (player: Client, eventId: string, progress: number) =>
  until(async () => {
    const { status, body } = await player.get(`/events/${eventId}/progress`);
    return status === 200 && body.data.progress === progress;
  }, `progress ${progress}`);

/** The whole story; `between` runs after each step. */
const playStory = async (between: () => Promise<void>): Promise<void> => {
  const eventId = await createEvent();
  await between();
  const player = new Client(system);
  const accountId = await player.register();
  await between();
  await player.logIn();
  await progressReaches(player, eventId, 1);

  const refused = await player.post(`/events/${eventId}/completion`);
  expect(refused.status).toBe(409);
  expect(refused.body).toMatchObject({ code: 'CONDITION_NOT_MET', progress: 1, required: 3 });
  await between();

  await player.logIn();
  await between();
  await player.logIn();
  await progressReaches(player, eventId, 3);
  const completed = await player.post(`/events/${eventId}/completion`);
  expect(completed.status).toBe(200);
  expect(completed.body.data).toMatchObject({ eventId, status: 'COMPLETED', rewards: [potion, gem, sauna] });
  await between();

  const part = { requestId: 'r1', rewardName: potion.name, amount: 20 };
  const first = await player.post(`/events/${eventId}/claims`, part);
  expect([first.status, first.body.data]).toMatchObject([201, { amount: 20, claimed: 20, remaining: 80 }]);
  await between();
  const all = await player.post(`/events/${eventId}/claims`, { requestId: 'r2', rewardName: gem.name, all: true });
  expect([all.status, all.body.data]).toMatchObject([201, { amount: 100, remaining: 0 }]);
  const tooMany = await player.post(`/events/${eventId}/claims`, { requestId: 'r3', rewardName: potion.name, amount: 81 });
  expect([tooMany.status, tooMany.body]).toMatchObject([409, { code: 'INSUFFICIENT_REMAINING', remaining: 80 }]);
  await between();
  const replay = await player.post(`/events/${eventId}/claims`, part);
  expect([replay.status, replay.body.data, replay.headers.get('idempotency-replayed')]).toEqual([200, first.body.data, 'true']);
  const several = await player.post(`/events/${eventId}/claims`, [part, { ...part, rewardName: gem.name }]);
  expect([several.status, several.body.code]).toEqual([400, 'VALIDATION_FAILED']);

  const position = tooMany.headers.get('x-position') ?? '';
  const progress = await player.get(`/events/${eventId}/progress`, { 'x-min-position': position });
  expect(progress.status).toBe(200);
  expect(progress.body.data).toMatchObject({
    eventId,
    accountId,
    status: 'COMPLETED',
    progress: 3,
    required: 3,
    rewards: [
      { ...potion, claimed: 20, remaining: 80 },
      { ...gem, claimed: 100, remaining: 0 },
      { ...sauna, claimed: 0, remaining: 5 },
    ],
  });

  const claims = await auditor.get(`/claims?eventId=${eventId}&email=${encodeURIComponent(player.email.toUpperCase())}`, {
    'x-min-position': position,
  });
  expect(claims.status).toBe(200);
  expect(
    claims.body.data.map((row: Record<string, unknown>) => [
      row.requestId,
      row.rewardName,
      row.amount,
      row.status,
      row.reason,
      row.email,
    ]),
  ).toEqual([
    ['r3', potion.name, 81, 'FAILURE', 'INSUFFICIENT_REMAINING', player.email],
    ['r2', gem.name, 100, 'SUCCESS', null, player.email],
    ['r1', potion.name, 20, 'SUCCESS', null, player.email],
  ]);
};

it('plays the story through the gateway', () => playStory(async () => undefined));

it.each(SERVICES)(
  'loses nothing that was acknowledged when %s is killed after every step',
  (service) => playStory(() => system.restart(service)),
  120_000,
);

it('answers 503 for a service that is down, and goes on when it is back', async () => {
  const player = new Client(system);
  await player.register();
  await player.logIn();
  await system.kill('query-service');
  const { status, body, headers } = await player.get('/events');
  expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
  expect((await fetch(`${system.url}/health`)).status).toBe(503);
  system.launch('query-service');
  await system.ready();
  expect((await player.get('/events')).status).toBe(200);
});

it('counts a login that was granted while the command side was down', async () => {
  const eventId = await createEvent();
  const player = new Client(system);
  await player.register();
  await system.kill('command-service');
  await player.logIn();
  await player.logIn();
  system.launch('command-service');
  await system.ready();
  await progressReaches(player, eventId, 2);
});

it('grants exactly what was promised to 300 claims over two command services', async () => {
  const eventId = await createEvent();
  const player = new Client(system);
  await player.register();
  for (let login = 0; login < 3; login += 1) await player.logIn();
  await progressReaches(player, eventId, 3);
  expect((await player.post(`/events/${eventId}/completion`)).status).toBe(200);

  const second =
    system.ports['command-service'] + 20_000 > 65_535
      ? system.ports['command-service'] - 20_000
      : system.ports['command-service'] + 20_000;
  system.launch('command-service', 'second command-service', { COMMAND_PORT: String(second) });
  const urls = [system.urlOf('command-service'), `http://127.0.0.1:${second}`];
  await until(
    async () => (await fetch(`${urls[1]}/health/ready`).catch(() => null))?.status === 200,
    'the second command-service',
  );

  const send = async (index: number, body: object): Promise<{ status: number; data: unknown }> => {
    const response = await fetch(`${urls[index % 2]}/events/${eventId}/claims`, {
      method: 'POST',
      headers: { ...player.authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as { data: unknown };
    return response.status === 503 ? send(index, body) : { status: response.status, data: answer.data };
  };
  const ones = await Promise.all(
    Array.from({ length: 300 }, (_, index) => send(index, { requestId: `one-${index}`, rewardName: potion.name, amount: 1 })),
  );
  expect([201, 409].map((status) => ones.filter((answer) => answer.status === status).length)).toEqual([100, 200]);

  const copies = await Promise.all(
    Array.from({ length: 60 }, (_, index) => send(index, { requestId: 'same', rewardName: gem.name, amount: 20 })),
  );
  expect([201, 200].map((status) => copies.filter((answer) => answer.status === status).length)).toEqual([1, 59]);
  expect(new Set(copies.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  await system.kill('second command-service', 'SIGTERM');
}, 60_000);
