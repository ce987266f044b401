import { useConditionWords } from '../components/condition-words';
import { formatCount } from '../components/number';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Time } from '../time/time';
import type { Field, FieldValue } from './changes';
import { eventTexts, kindTexts } from './texts';

/** One value of an event, in words. */
export const FieldValueView = ({ value, zone }: { value: FieldValue; zone: string }) => {
  const t = useTexts(eventTexts);
  const tKind = useTexts(kindTexts);
  const words = useConditionWords();
  const language = useLanguage();
  switch (value.kind) {
    case 'text':
      return value.text === '' ? <>{t('none')}</> : <>{value.text}</>;
    case 'time':
      return <Time at={value.at} zone={zone} />;
    case 'state':
      return <>{t(`state${value.state}`)}</>;
    case 'condition':
      return <>{words.words(value.condition)}</>;
    case 'cycle':
      return <>{words.cycle(value.cycle)}</>;
    case 'yesNo':
      return <>{t(value.is ? 'yes' : 'no')}</>;
    case 'reward':
      return (
        <>
          {formatCount(value.amount, language)} · {tKind(value.type)}
          {value.itemCode !== null && ` · ${value.itemCode}`}
          {value.isHeld && ` · ${t('onHold')}`}
        </>
      );
  }
};

/** Returns the function that names a field of an event. */
export const useFieldNames = (): ((field: Omit<Field, 'value'>) => string) => {
  const t = useTexts(eventTexts);
  return ({ name, of = '', milestone }) => {
    switch (name) {
      case 'state':
        return t('fieldState');
      case 'name':
        return t('fieldName');
      case 'startsAt':
        return t('starts');
      case 'endsAt':
        return t('ends');
      case 'cycle':
        return t('repeats');
      case 'metadata':
        return t('fieldMetadata', { of });
      case 'reward':
        return t('fieldReward', { of, milestone: milestone ?? '' });
      case 'description':
      case 'claimsUntil':
      case 'timeZone':
      case 'dayStartsAt':
      case 'condition':
      case 'autoComplete':
      case 'autoClaim':
        return t(name);
    }
  };
};
