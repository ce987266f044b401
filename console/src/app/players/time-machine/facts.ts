import type { Schemas } from '../../../shared/api/client';
import type { Language, Translate } from '../../../shared/i18n/texts';
import { formatCount } from '../../components/number-format';
import type { timeMachineTexts } from './texts';

export type Fact = Schemas['FactResponse'];
export type TimeMachineTexts = Translate<keyof typeof timeMachineTexts.en & string>;

const AUTOMATIC = 'auto:';

/** A recorded event of a participation in words. Its data is what was stored, so nothing about it is taken for granted. */
export const factWords = ({ type, data }: Fact, t: TimeMachineTexts, language: Language): string => {
  if (data === null) return t('cannotRead', { type });
  const text = (name: string): string => String(data[name] ?? '');
  const number = (name: string): string => {
    const value = data[name];
    return typeof value === 'number' ? formatCount(value, language) : text(name);
  };
  switch (type) {
    case 'ParticipationStarted':
      return t('started', { version: text('termsVersion') });
    case 'LoginCounted':
      return [
        data.day === undefined
          ? t('counted', { progress: number('progress') })
          : t('countedDay', { day: text('day'), progress: number('progress') }),
        ...(Array.isArray(data.reached) ? [t('countedReached', { milestones: data.reached.join(', ') })] : []),
        ...(data.conditionMet === true ? [t('countedMet')] : []),
      ].join(', ');
    case 'EventCompleted':
      return data.milestone === undefined ? t('completed') : t('completedMilestone', { milestone: text('milestone') });
    case 'RewardClaimed':
      return t(text('requestId').startsWith(AUTOMATIC) ? 'claimedAutomatically' : 'claimed', {
        amount: number('amount'),
        reward: text('rewardName'),
        remaining: number('remaining'),
      });
    default:
      return type;
  }
};
