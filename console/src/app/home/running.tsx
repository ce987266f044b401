import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { EventStatus } from '../components/event-status';
import { Count, formatPercent } from '../components/number';
import { PageLink } from '../components/page-link';
import type { ListedEvent } from '../events/load-events';
import { Time } from '../time/time';
import { passedOf } from './soon';
import { homeTexts } from './texts';
import type { Statistics } from './use-home';
import classes from './home.module.css';

interface RunningProps {
  readonly events: readonly ListedEvent[];
  readonly statistics: ReadonlyMap<string, Statistics | null> | undefined;
  readonly now: number;
}

/** The events that run, with how far they are and what players have done. */
export const Running = ({ events, statistics, now }: RunningProps) => {
  const t = useTexts(homeTexts);
  return (
    <div className={classes.scroller}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t('event')}</th>
            <th scope="col">{t('status')}</th>
            <th scope="col">{t('window')}</th>
            <th scope="col">{t('ends')}</th>
            <th scope="col" data-number>
              {t('participants')}
            </th>
            <th scope="col" data-number>
              {t('completed')}
            </th>
            <th scope="col" data-number>
              {t('claimed')}
            </th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <RunningRow key={event.eventId} event={event} figures={statistics?.get(event.eventId)} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
};

const RunningRow = ({ event, figures, now }: { event: ListedEvent; figures: Statistics | null | undefined; now: number }) => {
  const { eventId, name, status, endsAt, timeZone } = event;
  return (
    <tr>
      <th scope="row" className={classes.name}>
        <PageLink to={`/events/${eventId}`} title={name}>
          {name}
        </PageLink>
      </th>
      <td>
        <EventStatus status={status} />
      </td>
      <td>
        <Passed part={passedOf(event, now)} />
      </td>
      <td>
        <Time at={endsAt} zone={timeZone} />
      </td>
      <td data-number>
        <PageLink to={`/events/${eventId}`} search={{ tab: 'participations' }}>
          <Count value={figures?.participants} />
        </PageLink>
      </td>
      <td data-number>
        <PageLink to={`/events/${eventId}`} search={{ tab: 'figures' }}>
          <Count value={figures?.completed} />
        </PageLink>
      </td>
      <td data-number>
        <PageLink to="/claims" search={{ eventId, status: 'SUCCESS' }}>
          <Count value={figures?.claims.success} />
        </PageLink>
      </td>
    </tr>
  );
};

const Passed = ({ part }: { part: number }) => {
  const t = useTexts(homeTexts);
  const language = useLanguage();
  const percent = formatPercent(Math.floor(part * 100) / 100, language);
  return (
    <span className={classes.passed}>
      <span className={classes.track} role="img" aria-label={t('windowPassed', { percent })}>
        <span className={classes.fill} style={{ width: `${part * 100}%` }} />
      </span>
      <span className={classes.percent} aria-hidden>
        {percent}
      </span>
    </span>
  );
};
