import { createRewardEvent, rewardEvent } from '@rewards/domain/reward-event.decider';
import { Rejected } from '@rewards/contracts/rejected';
import type { RewardType } from '@rewards/contracts/reward-event';
import fc from 'fast-check';
import { bodyOf, changedFields, changeOf, EMPTY_FORM, formOf, type EventForm } from './form';
import { EMPTY_ROW, type RewardRow } from './grid/cells';
import { extensionIssuesOf, issuesOf, publicationIssuesOf, serverIssuesOf } from './validation';

const row = (count: string, name: string, amount = '10'): RewardRow => ({ count, name, type: 'ITEM', amount, itemCode: '' });

const valid: EventForm = {
  ...EMPTY_FORM,
  name: 'December',
  startsAt: '2026-12-01 00:00',
  endsAt: '2026-12-28 24:00',
  count: '28',
  rows: [row('7', 'Gold'), row('28', 'Sword'), row('', 'Shield')],
};
const NOW = Date.parse('2026-11-27T00:00:00.000Z');

const issues = (changes: Partial<EventForm>) =>
  Object.fromEntries([...issuesOf({ ...valid, ...changes })].map(([place, { text }]) => [place, text]));

describe('a form', () => {
  it('that is valid has no issues', () => {
    expect(issues({})).toEqual({});
    expect(publicationIssuesOf(valid, NOW).size).toBe(0);
  });

  it.each([
    [{ name: 'issueRequired' }, { name: ' ' }],
    [{ name: 'issueName' }, { name: 'x'.repeat(101) }],
    [{ name: 'issueName' }, { name: 'a\u202eb' }],
    [{ description: 'issueDescription' }, { description: 'x'.repeat(2_001) }],
    [{ startsAt: 'issueRequired' }, { startsAt: '' }],
    [{ startsAt: 'issueTime' }, { startsAt: 'soon' }],
    [{ endsAt: 'issueEndBeforeStart' }, { endsAt: '2026-12-01 00:00' }],
    [{ claimsUntil: 'issueClaimsBeforeEnd' }, { claimsUntil: '2026-12-28 23:59' }],
    [{ claimsUntil: 'issueTime' }, { claimsUntil: 'later' }],
    [{ timeZone: 'issueZone' }, { timeZone: 'Asia/Atlantis' }],
    [{ dayStartsAt: 'issueTimeOfDay' }, { dayStartsAt: '5:00' }],
    [{ count: 'issueCount' }, { count: '0' }],
    [{ graceDays: 'issueGraceDays' }, { conditionType: 'LOGIN_STREAK', graceDays: '-1' }],
    [{ 'metadata.0': 'issueMetadataKey' }, { metadata: [{ key: '', text: 'x' }] }],
    [
      { 'metadata.1': 'issueMetadataTwice' },
      {
        metadata: [
          { key: 'a', text: '1' },
          { key: 'a ', text: '2' },
        ],
      },
    ],
    [{ metadata: 'issueMetadataSize' }, { metadata: [{ key: 'image', text: '가'.repeat(1_400) }] }],
    [{ 'rows.0.count': 'issueAboveGoal' }, { rows: [row('29', 'Gold')] }],
    [{ 'rows.0.count': 'issueCount' }, { rows: [row('x', 'Gold')] }],
    [{ 'rows.0.name': 'issueRequired' }, { rows: [row('1', '')] }],
    [{ 'rows.0.name': 'issueRewardName' }, { rows: [row('1', 'a/b')] }],
    [{ 'rows.1.name': 'issueNameTwice' }, { rows: [row('28', 'Gold'), row('', 'Gold ')] }],
    [{ 'rows.0.amount': 'issueAmount' }, { rows: [row('1', 'Gold', '0')] }],
    [{ 'rows.0.type': 'issueType' }, { rows: [{ ...row('1', 'Gold'), type: 'sword' }] }],
    [{ 'rows.0.itemCode': 'issueItemCode' }, { rows: [{ ...row('1', 'Gold'), itemCode: 'a b' }] }],
    [{ 'rows.20.count': 'issueTooManyHere' }, { rows: Array.from({ length: 21 }, (_, index) => row('1', `Gold ${index}`)) }],
    [{ rows: 'issueTooMany' }, { count: '200', rows: Array.from({ length: 101 }, (_, index) => row(String(index + 1), 'Gold')) }],
  ] as const)('has the issue %j', (expected, changes) => expect(issues(changes)).toMatchObject(expected));

  it('with a blank row has none', () => expect(issues({ rows: [row('7', 'Gold'), EMPTY_ROW, row('28', 'Sword')] })).toEqual({}));

  it.each([
    [['rows'], { rows: [row('7', 'Gold')] }],
    [['count'], { count: '29', rows: [row('29', 'Gold')] }],
    [['count'], { cycle: 'WEEK', count: '8', rows: [row('8', 'Gold')] }],
    [[], { conditionType: 'LOGIN_COUNT', count: '29', rows: [row('29', 'Gold')] }],
    [['endsAt'], { startsAt: '2026-01-01', endsAt: '2026-11-01' }],
  ] as const)('cannot be published because of %j', (places, changes) =>
    expect([...publicationIssuesOf({ ...valid, ...(changes as Partial<EventForm>) }, NOW).keys()]).toEqual(places),
  );

  it('of a published event only extends it', () => {
    const before = { ...valid, claimsUntil: '2027-01-12 00:00' };
    const places = (changes: Partial<EventForm>) => [...extensionIssuesOf(before, { ...before, ...changes }).keys()];
    expect(places({ endsAt: '2026-12-27', claimsUntil: '2027-01-11' })).toEqual(['endsAt', 'claimsUntil']);
    expect(places({ endsAt: '2026-12-30', claimsUntil: '2027-01-13' })).toEqual([]);
  });

  it('shows the errors of an answer where their values are entered', () => {
    const errors = ['rewards.1.amount', 'milestones.0.rewards.0.name', 'milestones', 'condition.count', 'metadata.image'];
    const places = serverIssuesOf(
      valid,
      errors.map((field) => ({ field, message: 'is wrong' })),
    );
    expect([...places.keys()]).toEqual(['rows.2.amount', 'rows.0.name', 'rows', 'count', 'metadata']);
  });
});

describe('the rules', () => {
  /** Whether the decider of the services accepts the body. */
  const isAccepted = (form: EventForm, publish: boolean): boolean => {
    const { rewards = [], milestones = [], ...body } = bodyOf(form);
    const { name, startsAt, endsAt, condition, cycle, autoComplete, autoClaim } = body;
    const details = {
      ...{ name, startsAt, endsAt, condition, cycle, autoComplete, autoClaim },
      claimsUntil: body.claimsUntil ?? '',
      description: body.description ?? '',
      timeZone: form.timeZone,
      dayStartsAt: form.dayStartsAt,
      milestones: milestones.map((milestone) => ({ ...milestone, rewards: milestone.rewards.map(stored) })),
    };
    const at = new Date(NOW).toISOString();
    const request = {
      eventId: 'e',
      createdBy: 'a',
      details: details as never,
      rewards: rewards.map(stored),
      publish,
      at,
      confirmPast: true,
    };
    try {
      createRewardEvent(request)(rewardEvent.initial);
      return true;
    } catch (error) {
      if (error instanceof Rejected) return false;
      throw error;
    }
  };
  const stored = ({ itemCode, ...reward }: { name: string; type: RewardType; amount: number; itemCode?: string | null }) => ({
    ...reward,
    ...(itemCode != null && { itemCode }),
  });
  const forms = fc.record({
    startsAt: fc.constantFrom('2026-12-01', '2026-11-01 05:00'),
    endsAt: fc.constantFrom('2026-12-01', '2026-12-03 12:00', '2026-12-29', '2026-11-20'),
    claimsUntil: fc.constantFrom('', '2026-12-10'),
    timeZone: fc.constantFrom('Asia/Seoul', 'America/New_York'),
    dayStartsAt: fc.constantFrom('00:00', '05:00'),
    conditionType: fc.constantFrom('LOGIN_COUNT', 'LOGIN_DAYS', 'LOGIN_STREAK'),
    count: fc.integer({ min: 1, max: 32 }).map(String),
    cycle: fc.constantFrom('NONE', 'DAY', 'WEEK', 'MONTH'),
    rows: fc.array(
      fc.tuple(fc.constantFrom('', '1', '3', '7', '28'), fc.constantFrom('a', 'b', 'c')).map(([count, name]) => row(count, name)),
      {
        maxLength: 8,
      },
    ),
  });

  it('accept what the services accept', () =>
    fc.assert(
      fc.property(forms, (fields) => {
        const form: EventForm = { ...EMPTY_FORM, name: 'n', ...fields } as EventForm;
        const isValid = issuesOf(form).size === 0;
        expect(isValid).toBe(isAccepted(form, false));
        expect(isValid && publicationIssuesOf(form, NOW).size === 0).toBe(isAccepted(form, true));
      }),
      { numRuns: 500 },
    ));
});

describe('a change', () => {
  const event = {
    eventId: 'e',
    name: 'December',
    description: '',
    status: 'DRAFT',
    startsAt: '2026-11-30T15:00:00.000Z',
    endsAt: '2026-12-28T15:00:00.123Z',
    claimsUntil: '2027-01-11T15:00:00.000Z',
    timeZone: 'Asia/Seoul',
    dayStartsAt: '00:00',
    condition: { type: 'LOGIN_STREAK', count: 28, graceDays: 2 },
    rewards: [],
    milestones: [
      { count: 7, rewards: [{ name: 'Gold', type: 'CURRENCY', amount: 100, itemCode: 'gold', onHold: false }] },
      { count: 28, rewards: [{ name: 'Sword', type: 'ITEM', amount: 1, itemCode: null, onHold: false }] },
    ],
    cycle: null,
    autoComplete: true,
    autoClaim: false,
    metadata: { image: 'a.png' },
    termsVersion: 1,
    createdBy: 'a',
    createdAt: '2026-11-01T00:00:00.000Z',
  } as const;
  const before = formOf(event as never);

  it('has exactly the values of the event where nothing changed', () => {
    const { startsAt, endsAt, claimsUntil, condition, autoComplete, autoClaim, metadata, timeZone } = event;
    expect(bodyOf(before)).toMatchObject({
      startsAt,
      endsAt,
      claimsUntil,
      condition,
      autoComplete,
      autoClaim,
      metadata,
      timeZone,
    });
    expect(bodyOf(before).milestones).toEqual([
      { count: 7, rewards: [{ name: 'Gold', type: 'CURRENCY', amount: 100, itemCode: 'gold' }] },
    ]);
    expect(changeOf(before, before)).toEqual({});
    expect(changeOf(before, { ...before, endsAt: '2026-12-29T00:00:00.123', rows: [...before.rows, EMPTY_ROW] })).toEqual({});
  });

  it('sends the fields that changed', () => {
    expect(changeOf(before, { ...before, name: 'New', claimsUntil: '2027-01-31' })).toEqual({
      name: 'New',
      claimsUntil: '2027-01-30T15:00:00.000Z',
    });
    expect(Object.keys(changeOf(before, { ...before, count: '21' })).sort()).toEqual(['condition', 'milestones', 'rewards']);
    expect(Object.keys(changeOf(before, { ...before, timeZone: 'UTC' })).sort()).toEqual([
      'claimsUntil',
      'endsAt',
      'startsAt',
      'timeZone',
    ]);
  });

  it('is empty for values that mean the same', () =>
    expect(
      changedFields(before, {
        ...before,
        name: ' December ',
        startsAt: '2026/12/1 0:00',
        metadata: [...before.metadata, { key: '', text: '' }],
      }),
    ).toEqual([]));
});
