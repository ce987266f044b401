import { defineTexts } from '../../shared/i18n/texts';

/** The conditions and cycles of reward events, in the words of operators. */
export const conditionTexts = defineTexts('condition', {
  en: {
    logins_one: '{{count}} login',
    logins_other: '{{count}} logins',
    days_one: '{{count}} day',
    days_other: '{{count}} days',
    streak: 'streak of {{count}}',
    grace_one: '{{count}} grace day',
    grace_other: '{{count}} grace days',
    logInTimes_one: 'log in once',
    logInTimes_other: 'log in {{count}} times',
    logInOnDays_one: 'log in on {{count}} day',
    logInOnDays_other: 'log in on {{count}} different days',
    logInStreak_one: 'log in on {{count}} day',
    logInStreak_other: 'log in {{count}} days in a row',
    mayMiss_one: 'of which {{count}} may be missed',
    mayMiss_other: 'of which {{count}} may be missed',
    cycleDAY: 'Every day',
    cycleWEEK: 'Every week',
    cycleMONTH: 'Every month',
    cycleNone: 'Once',
  },
  ko: {
    logins_other: '로그인 {{count}}회',
    days_other: '{{count}}일',
    streak: '연속 {{count}}일',
    grace_other: '{{count}}일 결석 허용',
    logInTimes_other: '{{count}}회 로그인',
    logInOnDays_other: '서로 다른 {{count}}일에 로그인',
    logInStreak_other: '{{count}}일 연속 로그인',
    mayMiss_other: '그중 {{count}}일은 빠져도 됨',
    cycleDAY: '매일',
    cycleWEEK: '매주',
    cycleMONTH: '매월',
    cycleNone: '한 번',
  },
});

export type ConditionTextKey = keyof typeof conditionTexts.en;
