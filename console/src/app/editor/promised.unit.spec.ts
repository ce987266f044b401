import { EMPTY_FORM } from './form';
import { clockChanges, daysIn, previewEvent, previewProgress, windowOf } from './promised';

const form = {
  ...EMPTY_FORM,
  name: 'Spring',
  timeZone: 'America/New_York',
  startsAt: '2027-03-10 00:00',
  endsAt: '2027-03-17 00:00',
  count: '4',
  rows: [
    { count: '2', name: 'Gold', type: 'CURRENCY', amount: '10', itemCode: '' },
    { count: '4', name: 'Sword', type: 'ITEM', amount: '1', itemCode: 'sword' },
  ],
};

describe('the window of a form', () => {
  const window = windowOf(form);

  it('has its days, and those on which clocks change', () => {
    expect(window && [daysIn(window), clockChanges(window)]).toEqual([7, ['2027-03-14']]);
    expect(window && clockChanges({ ...window, timeZone: 'Asia/Seoul' })).toEqual([]);
  });

  it.each([{ endsAt: '2027-03-10' }, { endsAt: '' }, { timeZone: 'Nowhere' }, { dayStartsAt: '5' }])(
    'is missing with %j',
    (changes) => expect(windowOf({ ...form, ...changes })).toBeNull(),
  );
});

describe('the preview for players', () => {
  it('has the milestones and rewards of the form', () =>
    expect(previewEvent(form).milestones).toEqual([
      { count: 2, rewards: [{ name: 'Gold', type: 'CURRENCY', amount: 10, itemCode: null, onHold: false }] },
      { count: 4, rewards: [{ name: 'Sword', type: 'ITEM', amount: 1, itemCode: 'sword', onHold: false }] },
    ]));

  it.each([
    ['new', 'NOT_STARTED', ['LOCKED', 'LOCKED'], 0],
    ['half', 'IN_PROGRESS', ['ELIGIBLE', 'LOCKED'], 2],
    ['done', 'ELIGIBLE', ['ELIGIBLE', 'ELIGIBLE'], 4],
  ] as const)('of a player who is %s', (stage, status, milestones, days) => {
    const { progress } = previewProgress(previewEvent(form), stage);
    expect([progress.status, progress.milestones.map((each) => each.status), progress.days.length]).toEqual([
      status,
      milestones,
      days,
    ]);
  });

  it('shows what was granted by itself', () => {
    const { progress } = previewProgress(previewEvent({ ...form, automation: 'CLAIM' }), 'done');
    expect(progress.rewards).toEqual([{ name: 'Sword', type: 'ITEM', amount: 1, itemCode: 'sword', claimed: 1, remaining: 0 }]);
    expect(progress.status).toBe('COMPLETED');
  });
});
