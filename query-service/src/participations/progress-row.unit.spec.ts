import { formatPosition, Rejected, type ParticipationView, type RewardEventView } from '@rewards/contracts';
import { ELIXIR, SAUNA } from '@rewards/contracts/testing/sample-events';
import { toProgressRow } from './progress-row';

const condition = { type: 'LOGIN_COUNT', count: 3 } as const;
const raised = { ...ELIXIR, amount: 150 };
const untouched = (reward: typeof ELIXIR) => ({ ...reward, claimed: 0, remaining: reward.amount });

/** As a release without milestones filled it: it has no terms of earlier versions. */
const event = {
  eventId: 'event',
  condition,
  rewards: [raised],
  termsVersion: 3,
  claimsUntil: '2026-12-15T00:00:00.000Z',
} as unknown as RewardEventView;

/** As a release without milestones filled it: with its terms, and without a cycle. */
const participation: ParticipationView = {
  ...{ eventId: 'event', accountId: 'account', status: 'IN_PROGRESS', progress: 1, termsVersion: 1, condition },
  ...{ completedAt: null, rewards: [untouched(ELIXIR), untouched(SAUNA)], startedPosition: formatPosition(1) },
};

describe('the progress in a document of an earlier release', () => {
  it('has the terms of the document, while the event does not have them yet', () => {
    expect(toProgressRow(participation, event)).toMatchObject({
      ...{ cycle: null, required: 3, rewards: [untouched(raised), untouched(SAUNA)], completedAt: null },
      milestones: [{ count: 3, status: 'LOCKED' }],
    });
  });

  it('has the promise after the completion', () => {
    const rewards = [{ ...ELIXIR, claimed: 20, remaining: 80 }];
    const completedAt = '2026-11-05T00:00:00.000Z';
    const view: ParticipationView = { ...participation, status: 'COMPLETED', progress: 3, completedAt, rewards };
    expect(toProgressRow(view, event)).toMatchObject({ required: 3, rewards, completedAt });
  });

  it('is not shown if neither document has the terms', () => {
    const { condition: _condition, ...view } = participation;
    expect(() => toProgressRow(view, event)).toThrow(new Rejected('TERMS_NOT_CAUGHT_UP'));
    expect(toProgressRow({ ...view, termsVersion: 3 }, event)).toMatchObject({ rewards: [untouched(raised)] });
  });
});
