import { ELIXIR, factsOfEvent, factsOfParticipation, SAUNA } from '@rewards/contracts/testing/sample-events';
import { given } from '../testing/given';
import { statisticsProjection } from './statistics.projection';

const eventId = '00000000-0000-4000-8000-000000000001';
const other = '00000000-0000-4000-8000-000000000002';
const ofA = factsOfParticipation(eventId, '00000000-0000-4000-8000-00000000000a');
const ofB = factsOfParticipation(eventId, '00000000-0000-4000-8000-00000000000b');

const hour = (at: string, counts: object, id = eventId, cycle: string | null = null) => ({
  [cycle === null ? `${id}@${at}` : `${id}@${cycle}@${at}`]: {
    eventId: id,
    cycle,
    hour: at,
    participants: 0,
    eligible: 0,
    logins: 0,
    completions: 0,
    claims: 0,
    amount: 0,
    refusals: [],
    rewards: [],
    ...counts,
  },
});

describe('read model statistics', () => {
  it('counts participants, logins and eligible participants, each in the hour of its event', () => {
    given(
      statisticsProjection,
      ofA.started(),
      ofB.started(),
      ofA.counted(1),
      ofB.counted(1),
      ofA.counted(2),
      ofA.counted(3),
    ).shows({
      ...hour('2026-11-02T00:00:00.000Z', { participants: 2, logins: 2 }),
      ...hour('2026-11-03T00:00:00.000Z', { logins: 1 }),
      ...hour('2026-11-04T00:00:00.000Z', { logins: 1, eligible: 1 }),
    });
  });

  it('sums the promised and claimed units of each reward', () => {
    given(
      statisticsProjection,
      ofA.completed([ELIXIR, SAUNA]),
      ofB.completed([ELIXIR]),
      ofA.claimed(20, ELIXIR, { claimed: 20, remaining: 80 }),
      ofB.claimed(100, ELIXIR, { claimed: 100, remaining: 0, at: '2026-11-06T00:59:59.999Z' }),
      ofA.claimed(5, SAUNA, { claimed: 5, remaining: 0, at: '2026-11-06T01:00:00.000Z' }),
    ).shows({
      ...hour('2026-11-05T00:00:00.000Z', {
        completions: 2,
        rewards: [
          { name: ELIXIR.name, promised: 200, claimed: 0 },
          { name: SAUNA.name, promised: 5, claimed: 0 },
        ],
      }),
      ...hour('2026-11-06T00:00:00.000Z', {
        claims: 2,
        amount: 120,
        rewards: [{ name: ELIXIR.name, promised: 0, claimed: 120 }],
      }),
      ...hour('2026-11-06T01:00:00.000Z', { claims: 1, amount: 5, rewards: [{ name: SAUNA.name, promised: 0, claimed: 5 }] }),
    });
  });

  it('counts rejected claims by reason, and no other rejections', () => {
    given(
      statisticsProjection,
      ofA.claimRefused(),
      ofA.claimRefused({ requestId: 'refused-2' }),
      ofB.claimRefused({ code: 'NOT_COMPLETED' }),
      ofA.completionRefused(),
    ).shows(
      hour('2026-11-07T00:00:00.000Z', {
        refusals: [
          { reason: 'INSUFFICIENT_REMAINING', count: 2 },
          { reason: 'NOT_COMPLETED', count: 1 },
        ],
      }),
    );
  });

  it('counts each event separately, and ignores the changes of operators', () => {
    const elsewhere = factsOfParticipation(other, '00000000-0000-4000-8000-00000000000a');
    given(statisticsProjection, factsOfEvent(eventId).created(), ofA.started(), elsewhere.started()).shows({
      ...hour('2026-11-02T00:00:00.000Z', { participants: 1 }),
      ...hour('2026-11-02T00:00:00.000Z', { participants: 1 }, other),
    });
  });

  it('counts each earlier milestone, and sums its rewards separately', () => {
    const [first, second] = ['2026-11-05T00:00:00.000Z', '2026-11-05T00:30:00.000Z'];
    given(
      statisticsProjection,
      ofA.counted(2, { reached: [1, 2], at: first }),
      ofA.completed([ELIXIR], first, 1),
      ofA.completed([ELIXIR, SAUNA], second, 2),
      ofB.completed([ELIXIR], second, 1),
      ofB.completed([ELIXIR], second),
      ofA.claimed(20, ELIXIR, { claimed: 20, remaining: 80, milestone: 2, at: second }),
    ).shows(
      hour(first, {
        ...{ logins: 1, completions: 4, claims: 1, amount: 20 },
        milestones: [
          { count: 1, eligible: 1, completed: 2 },
          { count: 2, eligible: 1, completed: 1 },
        ],
        rewards: [
          { milestone: 1, name: ELIXIR.name, promised: 200, claimed: 0 },
          { milestone: 2, name: ELIXIR.name, promised: 100, claimed: 20 },
          { milestone: 2, name: SAUNA.name, promised: 5, claimed: 0 },
          { name: ELIXIR.name, promised: 100, claimed: 0 },
        ],
      }),
    );
  });

  it('counts each cycle separately; a rejection for a cycle that does not exist belongs to none', () => {
    const [first, second] = ['2026-11-02', '2026-11-09'].map((cycle) =>
      factsOfParticipation(eventId, ofA.stream.slice(-36), cycle),
    );
    given(
      statisticsProjection,
      first!.started(),
      second!.started(),
      second!.claimRefused({ code: 'NOT_COMPLETED' }),
      ofA.claimRefused({ cycle: '2099-01-01', code: 'NO_SUCH_CYCLE' }),
    ).shows({
      ...hour('2026-11-02T00:00:00.000Z', { participants: 1 }, eventId, '2026-11-02'),
      ...hour('2026-11-02T00:00:00.000Z', { participants: 1 }, eventId, '2026-11-09'),
      ...hour('2026-11-07T00:00:00.000Z', { refusals: [{ reason: 'NOT_COMPLETED', count: 1 }] }, eventId, '2026-11-09'),
      ...hour('2026-11-07T00:00:00.000Z', { refusals: [{ reason: 'NO_SUCH_CYCLE', count: 1 }] }),
    });
  });

  it('still fills the table of the previous release', () => {
    const [previous] = statisticsProjection.previous ?? [];
    if (!previous) throw new Error('no previous table');
    given(previous, ofA.started()).shows(hour('2026-11-02T00:00:00.000Z', { participants: 1 }));
  });
});
