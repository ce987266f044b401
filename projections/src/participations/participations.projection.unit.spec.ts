import { formatPosition, MAX_DAYS, type ParticipationEvent, type ParticipationView } from '@rewards/contracts';
import { ELIXIR, factsOfEvent, factsOfParticipation, SAUNA } from '@rewards/contracts/testing/sample-events';
import { given } from '../testing/given';
import type { ChangesByType } from '../runner/projection';
import { participationsProjection } from './participations.projection';

const eventId = '00000000-0000-4000-8000-000000000001';
const accountId = '00000000-0000-4000-8000-00000000000b';
const { stream, started, counted, completed, claimed, claimRefused } = factsOfParticipation(eventId, accountId);

const untouched = (reward: typeof ELIXIR) => ({ ...reward, claimed: 0, remaining: reward.amount });
const begun = {
  eventId,
  accountId,
  status: 'IN_PROGRESS',
  progress: 0,
  cycle: null,
  termsVersion: 1,
  days: [] as string[],
  rewards: null,
  completedAt: null,
  startedPosition: formatPosition(1),
};
const days = ['2026-11-02', '2026-11-03', '2026-11-04'];
const threeLogins = [started(), counted(1), counted(2), counted(3)];

describe('read model participations', () => {
  it('shows a participation that has started', () => {
    given(participationsProjection, started()).shows({ [stream]: begun });
  });

  it('shows the progress of the last counted login', () => {
    given(participationsProjection, started(), counted(1), counted(2)).shows({
      [stream]: { ...begun, progress: 2, days: days.slice(0, 2) },
    });
  });

  it('shows ELIGIBLE once the condition is met', () => {
    given(participationsProjection, ...threeLogins).shows({ [stream]: { ...begun, progress: 3, days, status: 'ELIGIBLE' } });
  });

  it('shows the rewards that the completion promised', () => {
    const raised = { ...ELIXIR, amount: 150 };
    given(participationsProjection, ...threeLogins, completed([raised, SAUNA])).shows({
      [stream]: {
        ...begun,
        progress: 3,
        days,
        status: 'COMPLETED',
        completedAt: '2026-11-05T00:00:00.000Z',
        rewards: [untouched(raised), untouched(SAUNA)],
      },
    });
  });

  it('shows the claimed and the remaining units of each reward', () => {
    given(
      participationsProjection,
      ...threeLogins,
      completed(),
      claimed(20, ELIXIR, { claimed: 20, remaining: 80 }),
      claimed(5, SAUNA, { claimed: 5, remaining: 0 }),
      claimRefused(),
      claimed(30, ELIXIR, { claimed: 50, remaining: 50 }),
    ).shows({
      [stream]: {
        ...begun,
        progress: 3,
        days,
        status: 'COMPLETED',
        completedAt: '2026-11-05T00:00:00.000Z',
        rewards: [
          { ...ELIXIR, claimed: 50, remaining: 50 },
          { ...SAUNA, claimed: 5, remaining: 0 },
        ],
      },
    });
  });

  it('has one document for each account in each event', () => {
    const other = factsOfParticipation(eventId, '00000000-0000-4000-8000-00000000000c');
    given(
      participationsProjection,
      started(),
      factsOfEvent(eventId).published(),
      other.started(),
      counted(1),
      other.counted(1),
      other.counted(2),
    ).shows({
      [stream]: { ...begun, progress: 1, days: days.slice(0, 1) },
      [other.stream]: {
        ...begun,
        accountId: '00000000-0000-4000-8000-00000000000c',
        progress: 2,
        days: days.slice(0, 2),
        startedPosition: formatPosition(3),
      },
    });
  });

  it('shows each completed milestone with the balances of its rewards, and the status of the last one', () => {
    given(
      participationsProjection,
      started(),
      counted(1, { reached: [1] }),
      completed([SAUNA], '2026-11-02T01:00:00.000Z', 1),
      counted(2, { reached: [2] }),
      completed([SAUNA, ELIXIR], '2026-11-03T01:00:00.000Z', 2),
      claimed(2, SAUNA, { claimed: 2, remaining: 3, milestone: 2 }),
    ).shows({
      [stream]: {
        ...{ ...begun, progress: 2, days: days.slice(0, 2) },
        milestones: [
          { count: 1, completedAt: '2026-11-02T01:00:00.000Z', rewards: [untouched(SAUNA)] },
          {
            count: 2,
            completedAt: '2026-11-03T01:00:00.000Z',
            rewards: [{ ...SAUNA, claimed: 2, remaining: 3 }, untouched(ELIXIR)],
          },
        ],
      },
    });
  });

  it('has one document for each cycle of an account', () => {
    const [first, second] = ['2026-11-02', '2026-11-09'].map((cycle) => factsOfParticipation(eventId, accountId, cycle));
    given(participationsProjection, first!.started(), second!.started(), first!.counted(1)).shows({
      [`${stream}-20261102`]: { ...begun, cycle: '2026-11-02', progress: 1, days: days.slice(0, 1) },
      [`${stream}-20261109`]: { ...begun, cycle: '2026-11-09', startedPosition: formatPosition(2) },
    });
  });

  it('shows the newest days in order, each once, although logins arrive late', () => {
    const on = (day: string, index: number) => counted(1, { loginId: `login-${index}`, day, conditionMet: false });
    given(participationsProjection, started(), ...['2026-11-03', '2026-11-05', '2026-11-04', '2026-11-03'].map(on)).shows({
      [stream]: { ...begun, progress: 1, days: ['2026-11-03', '2026-11-04', '2026-11-05'] },
    });
    const { LoginCounted } = participationsProjection.on as ChangesByType<ParticipationEvent, ParticipationView>;
    const full = Array.from({ length: MAX_DAYS }, (_, day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10));
    const after = LoginCounted(
      { ...begun, days: full } as never,
      { data: { day: '2028-01-01', progress: 1, conditionMet: false } } as never,
      stream,
    );
    expect(after?.days).toEqual([...full.slice(1), '2028-01-01']);
  });

  it('reads a start that an earlier release stored with its terms', () => {
    const terms = { condition: { type: 'LOGIN_COUNT', count: 3 }, rewards: [ELIXIR] } as const;
    given(participationsProjection, started(terms)).shows({ [stream]: begun });
  });

  it('still fills the table of the first release, whose documents contain the terms and no days', () => {
    const previous = participationsProjection.previous?.find(({ tableVersion }) => tableVersion === 1);
    if (!previous) throw new Error('no previous table');
    const condition = { type: 'LOGIN_COUNT', count: 3 } as const;
    const { days: _days, ...shown } = begun;
    given(previous, started({ condition, rewards: [ELIXIR] }), counted(1)).shows({
      [stream]: { ...shown, condition, rewards: [untouched(ELIXIR)], progress: 1 },
    });
    given(previous, started(), counted(1)).shows({ [stream]: { ...shown, progress: 1 } });
  });
});
