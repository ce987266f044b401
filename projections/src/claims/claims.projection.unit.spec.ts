import { formatPosition, type ClaimView } from '@rewards/contracts';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { ELIXIR, factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import { given } from '../testing/given';
import { claimsProjection } from './claims.projection';

const eventId = '00000000-0000-4000-8000-000000000001';
const accountId = '00000000-0000-4000-8000-00000000000b';
const { started, completed, claimed, claimRefused, completionRefused } = factsOfParticipation(eventId, accountId);

type Row = Omit<ClaimView, 'claimId' | 'position' | 'order'>;

const granted: Row = {
  requestId: 'request-20',
  eventId,
  accountId,
  rewardName: ELIXIR.name,
  type: 'ITEM',
  requested: 20,
  amount: 20,
  status: 'SUCCESS',
  reason: null,
  at: '2026-11-06T00:00:00.000Z',
  itemCode: null,
  target: null,
  cycle: null,
  milestone: null,
};
const refused: Row = {
  ...granted,
  requestId: 'refused-1',
  requested: 200,
  amount: 200,
  status: 'FAILURE',
  reason: 'INSUFFICIENT_REMAINING',
  at: '2026-11-07T00:00:00.000Z',
};
const placed = (row: Row, place: number, claimId = row.status === 'SUCCESS' ? claimIdOf(row) : null) => ({
  ...row,
  claimId,
  position: formatPosition(place),
  order: `${row.at}|${formatPosition(place)}`,
});

describe('read model claims', () => {
  it('has one document for each granted or rejected claim, and no others', () => {
    given(
      claimsProjection,
      started(),
      completionRefused(),
      completed(),
      claimed(20, ELIXIR, { claimed: 20, remaining: 80 }),
      claimRefused(),
    ).shows({ [formatPosition(4)]: placed(granted, 4), [formatPosition(5)]: placed(refused, 5) });
  });

  it('shows the granted units of a claim for `all`', () => {
    given(claimsProjection, claimed(80, ELIXIR, { requested: 'all', claimed: 80, remaining: 0, requestId: 'all' })).shows({
      [formatPosition(1)]: placed({ ...granted, requestId: 'all', requested: 'all', amount: 80 }, 1),
    });
  });

  it('shows the item code and the target of a claim', () => {
    const item = { itemCode: 'ITEM_2041', target: '루나/아델' };
    given(claimsProjection, claimed(20, ELIXIR, { claimed: 20, remaining: 80, ...item }), claimRefused(item)).shows({
      [formatPosition(1)]: placed({ ...granted, ...item }, 1),
      [formatPosition(2)]: placed({ ...refused, ...item }, 2),
    });
  });

  it('shows the cycle and the milestone of a claim, of a rejected one as requested', () => {
    const ofCycle = factsOfParticipation(eventId, accountId, '2026-11-02');
    const facts = [
      ofCycle.claimed(20, ELIXIR, { claimed: 20, remaining: 80, milestone: 7 }),
      claimRefused({ cycle: '2026-11-03', milestone: 3 }),
    ];
    const shown = { ...granted, cycle: '2026-11-02', milestone: 7 };
    given(claimsProjection, ...facts).shows({
      [formatPosition(1)]: placed(shown, 1),
      [formatPosition(2)]: placed({ ...refused, cycle: '2026-11-03', milestone: 3 }, 2),
    });
    expect(claimIdOf(shown)).not.toBe(claimIdOf(granted));
  });

  it('still fills the tables of earlier releases', () => {
    expect(claimsProjection.previous?.map(({ tableVersion }) => tableVersion)).toEqual([5, 4, 3]);
    for (const previous of claimsProjection.previous ?? []) {
      given(previous, claimRefused()).shows({ [formatPosition(1)]: placed(refused, 1) });
    }
  });

  it('shows no amount for a rejected claim for `all`, and no type for an unknown reward', () => {
    const unknown = { requested: 'all', rewardName: '없는 보상', type: null, code: 'NO_SUCH_REWARD' } as const;
    given(claimsProjection, claimRefused(unknown)).shows({
      [formatPosition(1)]: {
        ...placed(refused, 1),
        requested: 'all',
        amount: null,
        rewardName: '없는 보상',
        type: null,
        reason: 'NO_SUCH_REWARD',
      },
    });
  });

  it('has separate documents for a request that is rejected twice and then granted', () => {
    const sameRequest = { requestId: 'r' };
    given(
      claimsProjection,
      claimRefused(sameRequest),
      claimRefused(sameRequest),
      claimed(20, ELIXIR, { claimed: 20, remaining: 80, ...sameRequest }),
    ).shows({
      [formatPosition(1)]: { ...placed(refused, 1), requestId: 'r' },
      [formatPosition(2)]: { ...placed(refused, 2), requestId: 'r' },
      [formatPosition(3)]: placed({ ...granted, requestId: 'r' }, 3),
    });
  });
});
