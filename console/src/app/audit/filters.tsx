import { useTexts } from '../../shared/i18n/texts';
import { EventPicker } from '../claims/event-picker';
import { SelectFilter } from '../table/filters';
import { AccountInput } from './account-input';
import { FACT_TYPES } from './fact-texts';
import { auditTexts } from './texts';
import { useFactWords } from './use-fact-words';

/** The filters that both the list and the stream have. */
export const StreamFilters = () => {
  const t = useTexts(auditTexts);
  const words = useFactWords();
  return (
    <>
      <SelectFilter
        name="type"
        label={t('type')}
        width={190}
        options={FACT_TYPES.map((value) => ({ value, label: words.type(value) }))}
      />
      <EventPicker width={180} />
      <AccountInput name="accountId" label={t('player')} />
    </>
  );
};
