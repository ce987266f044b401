import type { Condition, Cycle } from '@rewards/contracts';
import { useTexts, type Translate } from '../../shared/i18n/texts';
import { conditionTexts, type ConditionTextKey } from './condition-texts';

export type ConditionTexts = Translate<ConditionTextKey>;

const graceDaysOf = (condition: Condition): number => (condition.type === 'LOGIN_STREAK' ? (condition.graceDays ?? 0) : 0);

/** A condition in a few words for a table: "3 days", "28 logins", "streak of 7, 1 grace day". */
export const shortCondition = (condition: Condition, t: ConditionTexts): string => {
  const { count } = condition;
  const graceDays = graceDaysOf(condition);
  switch (condition.type) {
    case 'LOGIN_COUNT':
      return t('logins', { count });
    case 'LOGIN_DAYS':
      return t('days', { count });
    case 'LOGIN_STREAK':
      return graceDays === 0 ? t('streak', { count }) : `${t('streak', { count })}, ${t('grace', { count: graceDays })}`;
  }
};

/** What a player does to meet a condition: "log in on 3 different days". It fits into a sentence. */
export const conditionWords = (condition: Condition, t: ConditionTexts): string => {
  const { count } = condition;
  const graceDays = graceDaysOf(condition);
  switch (condition.type) {
    case 'LOGIN_COUNT':
      return t('logInTimes', { count });
    case 'LOGIN_DAYS':
      return t('logInOnDays', { count });
    case 'LOGIN_STREAK':
      return graceDays === 0
        ? t('logInStreak', { count })
        : `${t('logInStreak', { count })}, ${t('mayMiss', { count: graceDays })}`;
  }
};

/** How often an event begins again: "Every week", or "Once". */
export const cycleWords = (cycle: Cycle | null | undefined, t: ConditionTexts): string =>
  t(cycle ? `cycle${cycle}` : 'cycleNone');

/** Returns the functions of this file in the current language. */
export const useConditionWords = () => {
  const t = useTexts(conditionTexts);
  return {
    short: (condition: Condition): string => shortCondition(condition, t),
    words: (condition: Condition): string => conditionWords(condition, t),
    cycle: (cycle: Cycle | null | undefined): string => cycleWords(cycle, t),
  };
};
