import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Count, formatChange } from '../components/number';
import { PageLink } from '../components/page-link';
import { changeOf, FIGURES, type DayFigures, type Figure } from './figures';
import { homeTexts } from './texts';
import classes from './home.module.css';

interface TodayProps {
  readonly day: DayFigures | null;
  /** Begin of the day, ISO 8601. */
  readonly from: string;
}

/** Where each figure is looked into. */
const TARGETS: Readonly<Record<Figure, (from: string) => { readonly to: string; readonly search: Record<string, string> }>> = {
  logins: (from) => ({ to: '/audit', search: { type: 'LoginCounted', from } }),
  completions: (from) => ({ to: '/audit', search: { type: 'EventCompleted', from } }),
  claims: (from) => ({ to: '/claims', search: { status: 'SUCCESS', from } }),
};

/** The figures of today beside those of yesterday. */
export const Today = ({ day, from }: TodayProps) => {
  const t = useTexts(homeTexts);
  const language = useLanguage();
  const time = day?.untilTime ?? '00:00';
  return (
    <div className={classes.scroller}>
      <table className={`${classes.table} ${classes.equal}`}>
        <thead>
          <tr>
            <td className={classes.wide} />
            <th scope="col" data-number>
              {t('soFar')}
            </th>
            <th scope="col" data-number data-detail>
              {t('untilToday', { time })}
            </th>
            <th scope="col" data-number>
              {t('untilYesterday', { time })}
            </th>
            <th scope="col" data-number>
              {t('change')}
            </th>
            <th scope="col" data-number data-detail>
              {t('yesterday')}
            </th>
          </tr>
        </thead>
        <tbody>
          {FIGURES.map((figure) => {
            const comparison = day?.figures[figure];
            const change = comparison ? changeOf(comparison) : null;
            return (
              <tr key={figure}>
                <th scope="row">
                  <PageLink {...TARGETS[figure](from)}>{t(figure)}</PageLink>
                </th>
                <td data-number className={classes.strong}>
                  <Count value={comparison?.soFar} />
                </td>
                <td data-number data-detail>
                  <Count value={comparison?.untilToday} />
                </td>
                <td data-number>
                  <Count value={comparison?.untilYesterday} />
                </td>
                <td data-number>{change === null ? '–' : formatChange(change, language)}</td>
                <td data-number data-detail>
                  <Count value={comparison?.yesterday} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
};
