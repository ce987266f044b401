import { START } from '@rewards/contracts';
import { addBodyOf, changeBodyOf, EMPTY_INPUT, inputOf, issuesOf, type EndpointInput } from './endpoint-input';
import type { Endpoint } from './troubles';

const valid: EndpointInput = { ...EMPTY_INPUT, name: 'Game inventory', url: 'https://game.example.com/rewards' };

const other: Endpoint = {
  id: '018f6b1e-5f0a-7c6e-9b1d-2f4f5a6b7c8d',
  name: 'Wallet',
  kind: 'WEBHOOK',
  url: 'https://wallet.example.com',
  rewardTypes: ['CURRENCY', 'POINT'],
  maxPerSecond: 50,
  timeoutMs: 2_000,
  state: 'ACTIVE',
  since: '2026-11-27T12:00:00.000Z',
  reason: null,
  pending: 0,
  parked: 0,
  oldestPendingAt: null,
  lastDeliveredAt: null,
};

describe('the form of an endpoint', () => {
  it('is valid with a name and a URL, and for the bus without a URL', () => {
    expect(issuesOf(valid, [other])).toEqual({});
    expect(issuesOf({ ...valid, kind: 'BUS', url: '' }, [])).toEqual({});
  });

  it('requires a name and a URL', () => {
    expect(issuesOf(EMPTY_INPUT, [])).toEqual({ name: { key: 'required' }, url: { key: 'required' } });
    expect(issuesOf({ ...valid, name: 'x'.repeat(101) }, []).name?.key).toBe('nameInvalid');
  });

  it.each([
    ['game.example.com', 'urlInvalid'],
    ['ftp://game.example.com', 'urlInvalid'],
    ['https://user:secret@game.example.com', 'urlUserInfo'],
    ['http://game.example.com', 'urlInsecure'],
    ['http://127.0.0.1:4000/rewards', undefined],
    ['http://localhost:4000', undefined],
    ['http://[::1]:4000', undefined],
  ])('judges the URL %s', (url, key) => {
    expect(issuesOf({ ...valid, url }, []).url?.key).toBe(key);
  });

  it('names the endpoint that accepts a type already', () => {
    expect(issuesOf({ ...valid, rewardTypes: ['ITEM', 'POINT'] }, [other]).rewardTypes).toEqual({
      key: 'typeTaken',
      values: { name: 'Wallet' },
    });
    expect(issuesOf(valid, [{ ...other, rewardTypes: null }]).rewardTypes).toEqual({
      key: 'othersTaken',
      values: { name: 'Wallet' },
    });
  });

  it.each([
    [{ maxPerSecond: '0' }, 'maxPerSecond'],
    [{ maxPerSecond: '10001' }, 'maxPerSecond'],
    [{ maxPerSecond: '1.5' }, 'maxPerSecond'],
    [{ timeoutMs: '99' }, 'timeoutMs'],
    [{ timeoutMs: '60001' }, 'timeoutMs'],
    [{ from: 'position' as const, position: 'yesterday' }, 'from'],
  ])('rejects %j', (change, field) => {
    expect(Object.keys(issuesOf({ ...valid, ...change }, []))).toEqual([field]);
  });

  it('becomes the body of the request', () => {
    expect(addBodyOf({ ...valid, name: ' Game inventory ', rewardTypes: ['POINT', 'ITEM'], from: 'beginning' }, 'r-1')).toEqual({
      name: 'Game inventory',
      kind: 'WEBHOOK',
      url: 'https://game.example.com/rewards',
      rewardTypes: ['ITEM', 'POINT'],
      maxPerSecond: 500,
      timeoutMs: 10_000,
      from: START,
      requestId: 'r-1',
    });
    expect(addBodyOf({ ...valid, kind: 'BUS' }, 'r-2')).not.toHaveProperty('url');
  });

  it('of an endpoint that exists changes what was entered', () => {
    expect(changeBodyOf({ ...inputOf(other), rewardTypes: [], timeoutMs: '3000' })).toEqual({
      name: 'Wallet',
      url: 'https://wallet.example.com',
      rewardTypes: null,
      maxPerSecond: 50,
      timeoutMs: 3_000,
    });
  });
});
