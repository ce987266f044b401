import type { DeadLetterGroup, Projection, Verification } from './api';
import { amountsOf, durationOf, findingsOf, notCompared, troublesIn, type Known } from './troubles';

const projection: Projection = {
  name: 'claims',
  version: 1,
  position: '0',
  lagEvents: 0,
  lagMs: 0,
  state: 'LIVE',
  error: null,
  rebuild: null,
};
const verification: Verification = {
  ok: true,
  position: '0',
  finishedAt: '2026-11-27T09:00:00.000Z',
  running: false,
  checked: {
    events: 10,
    accounts: 2,
    logins: 3,
    participationFacts: 4,
    deliveries: 7,
    documents: { claims: 5, events: 1 },
    notCompared: [],
  },
  findings: [],
};
const group: DeadLetterGroup = {
  fingerprint: 'f',
  topic: 'logins',
  error: 'malformed',
  count: 3,
  firstAt: '2026-11-27T09:00:00.000Z',
  lastAt: '2026-11-27T09:00:00.000Z',
};
const calm: Known = {
  health: { services: { auth: 'up', query: 'up' }, reasons: {} },
  projections: [projection],
  groups: [],
  verification,
};
const kindsIn = (known: Partial<Known>) => troublesIn({ ...calm, ...known })?.map(({ kind }) => kind);

describe('the question whether anything is stuck', () => {
  it('is answered with nothing if all is well', () => {
    expect(kindsIn({})).toEqual([]);
    expect(kindsIn({ verification: { ...verification, ok: null, finishedAt: null, running: true } })).toEqual([]);
    expect(kindsIn({ projections: [{ ...projection, state: 'CATCHING_UP', lagMs: 1_000 }] })).toEqual([]);
  });

  it('has no answer until everything is loaded', () => {
    expect(troublesIn({ ...calm, groups: undefined })).toBeNull();
  });

  it('names services, projections and messages', () => {
    expect(
      troublesIn({
        ...calm,
        health: { services: { auth: 'down', query: 'up' }, reasons: {} },
        projections: [
          { ...projection, state: 'STOPPED' },
          { ...projection, name: 'audit', state: 'CATCHING_UP', lagMs: 60_000 },
        ],
        groups: [group, { ...group, count: 4 }],
      }),
    ).toEqual([
      { kind: 'service', tab: 'health', name: 'auth' },
      { kind: 'stopped', tab: 'projections', name: 'claims' },
      { kind: 'lagging', tab: 'projections', name: 'audit', lagMs: 60_000 },
      { kind: 'deadLetters', tab: 'deadLetters', count: 7 },
    ]);
  });

  it('names a verification with findings, without all read models, or without an end', () => {
    const finding = { rule: 'COUNTED_TWICE', stream: 's', revision: 1, message: 'm' } as const;
    expect(kindsIn({ verification: { ...verification, ok: false, findings: [finding] } })).toEqual(['findings']);
    expect(kindsIn({ verification: { ...verification, ok: false } })).toEqual(['incomplete']);
    const failure = { at: '2026-11-27T09:00:00.000Z', message: 'interrupted' };
    expect(kindsIn({ verification: { ...verification, failure } })).toEqual(['failed']);
  });

  it('says what could not be checked', () => {
    expect(kindsIn({ health: null, projections: null, groups: null, verification: null })).toEqual(Array(4).fill('unknown'));
  });
});

describe('a verification', () => {
  it('counts what was checked, and findings that are not listed', () => {
    expect(amountsOf(verification)).toEqual({
      events: 10,
      accounts: 2,
      logins: 3,
      participationFacts: 4,
      deliveries: 7,
      documents: 6,
    });
    expect(findingsOf({ ...verification, checked: { findings: 1_001 } })).toBe(1_001);
    expect(notCompared({ ...verification, checked: { notCompared: ['audit'] } })).toEqual(['audit']);
  });

  it('that has not finished has checked nothing', () => {
    expect(amountsOf({ ...verification, checked: {} })).toEqual({
      events: 0,
      accounts: 0,
      logins: 0,
      participationFacts: 0,
      deliveries: 0,
      documents: 0,
    });
  });
});

describe('a duration', () => {
  it.each([
    [0, 'seconds', 1],
    [119_000, 'seconds', 119],
    [120_000, 'minutes', 2],
    [7_200_000, 'hours', 2],
  ])('of %d ms is shown in %s', (ms, unit, count) => {
    expect(durationOf(ms)).toEqual({ unit, count });
  });
});
