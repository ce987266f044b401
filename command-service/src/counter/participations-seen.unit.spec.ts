import type { ParticipationEvent } from '@rewards/contracts';
import { fold, participation, type CountLogin, type ParticipationState } from '@rewards/domain';
import { ParticipationsSeen } from './participations-seen';

const at = '2026-03-01T10:00:00.000Z';
const ids = { eventId: 'e', accountId: 'a' };
const event: CountLogin['event'] = {
  eventId: 'e',
  name: 'Log in on two days',
  description: '',
  startsAt: '2026-03-01T00:00:00.000Z',
  endsAt: '2026-03-31T00:00:00.000Z',
  claimsUntil: '2026-04-01T00:00:00.000Z',
  timeZone: 'Asia/Seoul',
  condition: { type: 'LOGIN_DAYS', count: 2 },
  rewards: [{ name: 'Gem', type: 'CURRENCY', amount: 1 }],
  termsVersion: 1,
  publishedAt: '2026-02-01T00:00:00.000Z',
  pausedAt: null,
  deletedAt: null,
  createdBy: 'o',
  createdAt: '2026-02-01T00:00:00.000Z',
} as CountLogin['event'];
const login = (loginId: string, loginAt: string): CountLogin => ({ loginId, accountId: 'a', at: loginAt, cycle: null, event });

const started: ParticipationEvent = { type: 'ParticipationStarted', data: { ...ids, termsVersion: 1, at } };
const counted = (loginId: string, day: string, progress: number): ParticipationEvent => ({
  type: 'LoginCounted',
  data: { ...ids, loginId, at, day, progress, conditionMet: progress >= 2 },
});
const oneDay: ParticipationState = fold(participation, [started, counted('l1', '2026-03-01', 1)]);
const met: ParticipationState = fold(participation, [started, counted('l1', '2026-03-01', 1), counted('l2', '2026-03-02', 2)]);

describe('the participations that a counter has seen', () => {
  it('decide nothing before the first login', () => {
    expect(new ParticipationsSeen().isDecided('p', login('l1', at))).toBe(false);
  });

  it('decide a second login on a counted day, and not one on the next day', () => {
    const seen = new ParticipationsSeen();
    seen.saw('p', oneDay);
    expect(seen.isDecided('p', login('l2', '2026-03-01T12:00:00.000Z'))).toBe(true);
    expect(seen.isDecided('p', login('l3', '2026-03-02T12:00:00.000Z'))).toBe(false);
  });

  it('decide every login once the condition is met', () => {
    const seen = new ParticipationsSeen();
    seen.saw('p', met);
    expect(seen.isDecided('p', login('l4', '2026-03-20T12:00:00.000Z'))).toBe(true);
  });

  it('are forgotten, the oldest first, so that their memory is bounded', () => {
    const seen = new ParticipationsSeen({ maxMet: 2, maxBytesOfOthers: 1_500 });
    for (const stream of ['p1', 'p2', 'p3']) seen.saw(stream, met);
    for (const stream of ['q1', 'q2', 'q3']) seen.saw(stream, oneDay);
    const again = login('l5', '2026-03-01T13:00:00.000Z');
    expect(['p1', 'p2', 'p3', 'q1', 'q2', 'q3'].filter((stream) => seen.isDecided(stream, again))).toEqual([
      'p2',
      'p3',
      'q2',
      'q3',
    ]);
  });

  it('are forgotten when the counter starts again', () => {
    const seen = new ParticipationsSeen();
    seen.saw('p', met);
    seen.saw('q', oneDay);
    seen.clear();
    expect(['p', 'q'].some((stream) => seen.isDecided(stream, login('l1', at)))).toBe(false);
  });
});
