import { randomBytes } from 'node:crypto';
import { fetchFrom } from '@rewards/testing/http';
import { until } from '@rewards/testing/until';
import { Client } from './testing/client';
import { Collector } from './testing/collector';
import { Started } from './testing/started';
import { progressReaches, Story } from './testing/story';
import { System } from './testing/system';

const started = new Started();
let collector: Collector;
let system: System;

beforeAll(async () => {
  collector = started.add(await Collector.start());
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`, OTEL_BSP_SCHEDULE_DELAY: '50' };
  system = started.add(await System.start(settings));
}, 60_000);
afterAll(() => started.stop());

it('exports the spans of a login and a completion from all services, in the trace of the client', async () => {
  const story = await Story.begin(system);
  const eventId = await story.createEvent();
  const player = new Client(system);
  await player.register();
  const [login, claim] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
  await player.logIn();
  await player.post('/auth/login', player.credentials, traced(login));
  await progressReaches(player, eventId, 2);
  const { status, body } = await player.post(`/events/${eventId}/completion`, {}, traced(claim));
  expect([status, body.traceId]).toEqual([409, claim]);

  const expected: readonly (readonly [service: string, span: string, traceId: string])[] = [
    ['gateway', 'POST /auth/login', login],
    ['auth-service', 'POST /auth/login', login],
    ['command-service', 'RecordLogin', login],
    ['command-service', 'CountLogin', login],
    ['gateway', 'POST /events/{eventId}/completion', claim],
    ['command-service', 'POST /events/{eventId}/completion', claim],
    ['command-service', 'CompleteEvent', claim],
    ['command-service', 'CONDITION_NOT_MET', claim],
  ];
  const missing = () => expected.filter((span) => !collector.hasSpan(...span));
  await until(`spans ${missing().join(' and ')}`, () => missing().length === 0, Boolean, { withinMs: 30_000 });
  for (const secret of [player.email, 'correct horse', eventId]) expect(collector.contents).not.toContain(secret);
});

it('labels the metrics of each service with the service name of its spans', async () => {
  const services = ['auth-service', 'command-service', 'delivery', 'projections', 'query-service'] as const;
  for (const service of services) {
    const text = await (await fetchFrom(system.urlOf(service), '/metrics')).text();
    const names = new Set([...text.matchAll(/[{,]service="([^"]*)"/g)].map(([, name]) => name));
    expect([...names]).toEqual([service]);
  }
});

it('stops cleanly when the collector is unavailable', async () => {
  await collector.stop();
  await new Client(system).register();
  await system.kill('auth-service', 'SIGTERM');
  expect(system.exitCodeOf('auth-service')).toBe(0);
});

const traced = (traceId: string) => ({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
