import { formatPosition } from '@rewards/contracts';
import { ELIXIR, factsOfEvent, factsOfParticipation, SAUNA } from '@rewards/contracts/testing/sample-events';
import { given } from '../testing/given';
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
  condition: { type: 'LOGIN_COUNT', count: 3 },
  termsVersion: 1,
  rewards: [untouched(ELIXIR), untouched(SAUNA)],
  completedAt: null,
  startedPosition: formatPosition(1),
};
const threeLogins = [started(), counted(1), counted(2), counted(3)];

describe('read model participations', () => {
  it('shows a participation that has started', () => {
    given(participationsProjection, started()).shows({ [stream]: begun });
  });

  it('shows the progress of the last counted login', () => {
    given(participationsProjection, started(), counted(1), counted(2)).shows({ [stream]: { ...begun, progress: 2 } });
  });

  it('shows ELIGIBLE once the condition is met', () => {
    given(participationsProjection, ...threeLogins).shows({ [stream]: { ...begun, progress: 3, status: 'ELIGIBLE' } });
  });

  it('shows the rewards that the completion promised', () => {
    const raised = { ...ELIXIR, amount: 150 };
    given(participationsProjection, ...threeLogins, completed([raised, SAUNA])).shows({
      [stream]: {
        ...begun,
        progress: 3,
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
      [stream]: { ...begun, progress: 1 },
      [other.stream]: {
        ...begun,
        accountId: '00000000-0000-4000-8000-00000000000c',
        progress: 2,
        startedPosition: formatPosition(3),
      },
    });
  });
});
