import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Count, formatCount } from '../components/number';
import { PageLink } from '../components/page-link';
import { byFrequency, type Rejections } from './rejections';
import { homeTexts } from './texts';
import classes from './home.module.css';

/** Rejected claims by reason, each with a link to those claims. @param from beginning of the day, ISO 8601 */
export const Rejected = ({ rejections, from }: { rejections: Rejections; from: string }) => {
  const t = useTexts(homeTexts);
  const tCode = useTexts(codeTexts);
  const language = useLanguage();
  const reasons = byFrequency(rejections);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return <p className={classes.note}>{t('noRejections')}</p>;
  return (
    <>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t('reason')}</th>
            <th scope="col" data-number>
              {t('count')}
            </th>
          </tr>
        </thead>
        <tbody>
          {reasons.map(([reason, count]) => (
            <tr key={reason}>
              <th scope="row">
                <PageLink to="/claims" search={{ status: 'FAILURE', reason, from }} title={reason}>
                  {tCode(codeKey(reason))}
                </PageLink>
              </th>
              <td data-number>
                <Count value={count} />
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">
              <PageLink to="/claims" search={{ status: 'FAILURE', from }}>
                {t('total')}
              </PageLink>
            </th>
            <td data-number>
              <Count value={total} />
            </td>
          </tr>
        </tfoot>
      </table>
      {rejections.isPart && <p className={classes.note}>{t('onlyNewest', { count: formatCount(total, language) })}</p>}
    </>
  );
};
