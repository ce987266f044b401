import type { Condition } from '@rewards/contracts';
import i18next from 'i18next';
import { translate } from '../../shared/i18n/texts';
import { conditionTexts } from './condition-texts';
import { conditionWords, cycleWords, shortCondition, type ConditionTexts } from './condition-words';

const t: ConditionTexts = (key, values) => translate(conditionTexts, key, values);

const use = (language: 'en' | 'ko') =>
  i18next.init({ lng: language, resources: { [language]: { condition: conditionTexts[language] } } });

const CONDITIONS: readonly Condition[] = [
  { type: 'LOGIN_COUNT', count: 1 },
  { type: 'LOGIN_COUNT', count: 28 },
  { type: 'LOGIN_DAYS', count: 3 },
  { type: 'LOGIN_STREAK', count: 7 },
  { type: 'LOGIN_STREAK', count: 7, graceDays: 0 },
  { type: 'LOGIN_STREAK', count: 7, graceDays: 1 },
];

describe('the words of a condition', () => {
  it('are short in a table', async () => {
    await use('en');
    expect(CONDITIONS.map((condition) => shortCondition(condition, t))).toEqual([
      '1 login',
      '28 logins',
      '3 days',
      'streak of 7',
      'streak of 7',
      'streak of 7, 1 grace day',
    ]);
  });

  it('say in a sentence what a player does', async () => {
    await use('en');
    expect(CONDITIONS.map((condition) => conditionWords(condition, t))).toEqual([
      'log in once',
      'log in 28 times',
      'log in on 3 different days',
      'log in 7 days in a row',
      'log in 7 days in a row',
      'log in 7 days in a row, of which 1 may be missed',
    ]);
  });

  it('exist in Korean', async () => {
    await use('ko');
    expect(CONDITIONS.map((condition) => `${shortCondition(condition, t)} / ${conditionWords(condition, t)}`)).toEqual([
      '로그인 1회 / 1회 로그인',
      '로그인 28회 / 28회 로그인',
      '3일 / 서로 다른 3일에 로그인',
      '연속 7일 / 7일 연속 로그인',
      '연속 7일 / 7일 연속 로그인',
      '연속 7일, 1일 결석 허용 / 7일 연속 로그인, 그중 1일은 빠져도 됨',
    ]);
  });

  it('name each cycle', async () => {
    await use('en');
    expect((['DAY', 'WEEK', 'MONTH', null] as const).map((cycle) => cycleWords(cycle, t))).toEqual([
      'Every day',
      'Every week',
      'Every month',
      'Once',
    ]);
  });
});
