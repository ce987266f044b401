import i18next from 'i18next';
import { translate } from '../../../shared/i18n/texts';
import { factWords, type TimeMachineTexts } from './facts';
import { timeMachineTexts } from './texts';

const t: TimeMachineTexts = (key, values) => translate(timeMachineTexts, key, values);
const use = (language: 'en' | 'ko') =>
  i18next.init({ lng: language, resources: { [language]: { timeMachine: timeMachineTexts[language] } } });

const claim = { requestId: 'r-1', rewardName: 'potion', amount: 1000, remaining: 20 };

const CASES = [
  ['ParticipationStarted', { termsVersion: 2 }, 'Started with version 2 of the terms', '버전 2 조건으로 시작'],
  ['LoginCounted', { progress: 2 }, 'Login counted, progress 2', '로그인 인정, 진행도 2'],
  [
    'LoginCounted',
    { progress: 3, day: '2026-11-25', reached: [3], conditionMet: false },
    'Login counted for 2026-11-25, progress 3, milestone 3 reached',
    '2026-11-25 로그인 인정, 진행도 3, 3단계 달성',
  ],
  [
    'LoginCounted',
    { progress: 7, day: '2026-11-25', conditionMet: true },
    'Login counted for 2026-11-25, progress 7, condition met',
    '2026-11-25 로그인 인정, 진행도 7, 조건 달성',
  ],
  ['EventCompleted', {}, 'Event completed', '이벤트 완료'],
  ['EventCompleted', { milestone: 3 }, 'Milestone 3 completed', '3단계 완료'],
  ['RewardClaimed', claim, '1,000 potion claimed, 20 remain', 'potion 1,000개 수령, 20개 남음'],
  [
    'RewardClaimed',
    { ...claim, requestId: 'auto:7:potion' },
    '1,000 potion claimed automatically, 20 remain',
    'potion 1,000개 자동 수령, 20개 남음',
  ],
  ['RewardReversed', { amount: 1 }, 'RewardReversed', 'RewardReversed'],
  ['LoginCounted', null, 'LoginCounted (cannot be read)', 'LoginCounted (읽을 수 없음)'],
] as const;

describe('the words of a recorded event', () => {
  it.each(CASES)('say what %s with %j recorded', async (type, data, english, korean) => {
    const fact = { type, data, at: '2026-11-25T00:00:00.000Z', revision: 0 };
    await use('en');
    expect(factWords(fact as never, t, 'en')).toBe(english);
    await use('ko');
    expect(factWords(fact as never, t, 'ko')).toBe(korean);
  });
});
