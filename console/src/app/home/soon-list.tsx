import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { PageLink } from '../components/page-link';
import { Time } from '../time/time';
import { formatUntil, type Soon } from './soon';
import { homeTexts } from './texts';
import classes from './home.module.css';

/** What begins, ends and closes next. */
export const SoonList = ({ list, now }: { list: readonly Soon[]; now: number }) => {
  const t = useTexts(homeTexts);
  const language = useLanguage();
  if (list.length === 0) return <p className={classes.note}>{t('noneSoon')}</p>;
  return (
    <ul className={classes.soon}>
      {list.map(({ kind, at, event: { eventId, name, timeZone } }) => (
        <li key={`${eventId} ${kind}`}>
          <PageLink to={`/events/${eventId}`} className={classes.soonName} title={name}>
            {name}
          </PageLink>
          <span>{t(kind)}</span>
          <span className={classes.dimmed}>
            <Time at={at} zone={timeZone} />
          </span>
          <span className={classes.until}>{formatUntil(at, now, language)}</span>
        </li>
      ))}
    </ul>
  );
};
