import { troubledOf, troublesOf, type Endpoint } from './troubles';

const NOW = Date.parse('2026-11-27T12:00:00.000Z');
const before = (seconds: number): string => new Date(NOW - seconds * 1_000).toISOString();

const endpoint: Endpoint = {
  id: '018f6b1e-5f0a-7c6e-9b1d-2f4f5a6b7c8d',
  name: 'Game inventory',
  kind: 'WEBHOOK',
  url: 'https://game.example.com/rewards',
  rewardTypes: null,
  maxPerSecond: 500,
  timeoutMs: 10_000,
  state: 'ACTIVE',
  since: before(3_600),
  reason: null,
  pending: 0,
  parked: 0,
  oldestPendingAt: null,
  lastDeliveredAt: null,
};

describe('the troubles of an endpoint', () => {
  it('are none while it is active and keeps up', () => {
    expect(troublesOf({ ...endpoint, pending: 3, oldestPendingAt: before(300) }, NOW)).toEqual([]);
    expect(troubledOf([endpoint], NOW)).toEqual([]);
    expect(troubledOf([], NOW)).toEqual([]);
  });

  it.each(['PAUSED', 'DISABLED'] as const)('include that it is %s', (state) => {
    expect(troublesOf({ ...endpoint, state, reason: 'why' }, NOW)).toEqual([
      { kind: 'state', state, since: endpoint.since, reason: 'why' },
    ]);
  });

  it('include parked deliveries, and pending ones after 5 minutes', () => {
    expect(troublesOf({ ...endpoint, parked: 2, pending: 1, oldestPendingAt: before(301) }, NOW)).toEqual([
      { kind: 'parked', count: 2 },
      { kind: 'pending', waitsMs: 301_000 },
    ]);
  });
});
