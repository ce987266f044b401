import { freePorts } from '@rewards/testing/free-ports';
import { until } from '@rewards/testing/until';
import { fetchFrom } from '@rewards/testing/http';
import { playCalendars } from './testing/calendars';
import { Client } from './testing/client';
import { Started } from './testing/started';
import { expectVerified, gem, potion, progressAfterLogin, progressReaches, Story } from './testing/story';
import { SERVICES, System } from './testing/system';

const started = new Started();
let system: System;
let story: Story;

beforeAll(async () => {
  system = started.add(await System.start());
  story = await Story.begin(system);
}, 60_000);
afterAll(() => started.stop());

it('plays the story through the gateway', () => story.play());

it('plays the calendars through the gateway', async () => {
  await playCalendars(story, system);
  await expectVerified(story);
}, 120_000);

it.each(SERVICES)(
  'loses nothing acknowledged when %s is killed after every step',
  (service) => story.play(() => system.restart(service)),
  120_000,
);

it('answers 503 while a service is down, and recovers when it is restarted', async () => {
  const player = new Client(system);
  await player.register();
  await player.logIn();
  await system.kill('query-service');
  const { status, body, headers } = await player.get('/events');
  expect([status, body.code, headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
  expect((await fetchFrom(system.url, '/health')).status).toBe(503);
  system.launch('query-service');
  await system.ready();
  expect((await player.get('/events')).status).toBe(200);
});

it('grants, logs in and answers queries while delivery is down', async () => {
  await system.kill('delivery');
  const health = await fetchFrom(system.url, '/health');
  expect([health.status, ((await health.json()) as { services: object }).services]).toEqual([
    503,
    { auth: 'up', command: 'up', delivery: 'down', query: 'up', projections: 'up' },
  ]);
  await story.play();
  system.launch('delivery');
  await system.ready();
});

it('counts logins that succeeded while command-service was down', async () => {
  const eventId = await story.createEvent();
  const player = new Client(system);
  await player.register();
  await system.kill('command-service');
  await player.logIn();
  await player.logIn();
  system.launch('command-service');
  await system.ready();
  await progressReaches(player, eventId, 2);
});

it('grants exactly the promised amount to 300 concurrent claims on two instances of command-service', async () => {
  const eventId = await story.createEvent();
  const player = new Client(system);
  await player.register();
  const [, , last = ''] = [await player.logIn(), await player.logIn(), await player.logIn()];
  expect(await progressAfterLogin(player, eventId, last)).toBe(3);
  expect((await player.post(`/events/${eventId}/completion`)).status).toBe(200);

  const [second] = await freePorts(1);
  system.launch('command-service', 'second command-service', { COMMAND_PORT: String(second) });
  const urls = [system.urlOf('command-service'), `http://127.0.0.1:${second}`];
  await until(
    'the second command-service',
    async () => (await fetchFrom(urls[1] ?? '', '/health/ready').catch(() => null))?.status === 200,
    Boolean,
    { withinMs: 30_000 },
  );

  const send = async (index: number, body: object): Promise<{ status: number; data: unknown }> => {
    const response = await fetchFrom(urls[index % 2] ?? '', `/events/${eventId}/claims`, {
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
  const count = (...statuses: number[]) => ones.filter(({ status }) => statuses.includes(status)).length;
  // The limit of recorded rejections allows a burst of 30. The others are answered 429.
  expect([count(201), count(409, 429)]).toEqual([100, 200]);
  expect(count(409)).toBeGreaterThanOrEqual(30);

  const copies = await Promise.all(
    Array.from({ length: 60 }, (_, index) => send(index, { requestId: 'same', rewardName: gem.name, amount: 20 })),
  );
  expect([201, 200].map((status) => copies.filter((answer) => answer.status === status).length)).toEqual([1, 59]);
  expect(new Set(copies.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  await system.kill('second command-service', 'SIGTERM');
}, 60_000);
