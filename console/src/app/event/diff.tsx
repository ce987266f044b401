import { useTexts } from '../../shared/i18n/texts';
import type { Change, FieldChange } from './changes';
import { FieldValueView, useFieldNames } from './field-value';
import { eventTexts } from './texts';
import classes from './event.module.css';

/** The fields that a change of an event concerns, before and after it. */
export const Diff = ({ change }: { change: Change }) => {
  const t = useTexts(eventTexts);
  const nameOf = useFieldNames();
  const { changes, isCreation, timeZone } = change;
  const cell = (value: FieldChange['after']) => (value === null ? t('none') : <FieldValueView value={value} zone={timeZone} />);
  if (changes.length === 0) return null;
  return (
    <table className={classes.diff}>
      <thead>
        <tr>
          <th scope="col">{t('field')}</th>
          {!isCreation && <th scope="col">{t('before')}</th>}
          <th scope="col">{isCreation ? t('value') : t('after')}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((each) => (
          <tr key={each.id}>
            <th scope="row">{nameOf(each)}</th>
            {!isCreation && (
              <td>
                <span className={each.before === null ? undefined : classes.old}>{cell(each.before)}</span>
              </td>
            )}
            <td>{cell(each.after)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
