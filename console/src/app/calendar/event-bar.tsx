import { Tooltip } from '@mantine/core';
import { useTexts } from '../../shared/i18n/texts';
import { EVENT_TONES, EventStatus } from '../components/event-status';
import { statusTexts } from '../components/event-status-texts';
import { PageLink } from '../components/page-link';
import { shellTexts } from '../shell/texts';
import { useZoneMode } from '../time/zone-mode';
import { formatTime, localZone, zoneFor } from '../time/zones';
import type { Bar, CalendarEvent } from './layout';
import { calendarTexts } from './texts';
import classes from './calendar.module.css';

const percent = (fraction: number): string => `${fraction * 100}%`;

/** The name of an event at the start of its row, and its zone if it is not that of the columns. */
export const EventLabel = ({ event, zone }: { event: CalendarEvent; zone: string }) => (
  <div className={classes.label}>
    <span className={classes.dot} data-tone={EVENT_TONES[event.status]} aria-hidden />
    <PageLink to={`/events/${event.eventId}`} className={classes.name} tabIndex={-1} title={event.name}>
      {event.name}
    </PageLink>
    {event.timeZone !== zone && zone !== 'UTC' && <span className={classes.eventZone}>{event.timeZone}</span>}
  </div>
);

/** The window of an event and the time for claims after it, as a link to the event. */
export const EventBar = ({ event, bar }: { event: CalendarEvent; bar: Bar }) => {
  const t = useTexts(calendarTexts);
  const tStatus = useTexts(statusTexts);
  const mode = useZoneMode();
  const shown = zoneFor(mode, event.timeZone);
  const [starts, ends, claimsUntil] = [event.startsAt, event.endsAt, event.claimsUntil].map((at) => formatTime(at, shown));
  const width = Math.max(bar.claimsEnd - bar.start, 0);
  const runs = width > 0 ? (bar.end - bar.start) / width : 0;
  const claims = t('claims', { at: claimsUntil ?? '' });
  return (
    <Tooltip label={<Details event={event} />} events={{ hover: true, focus: true, touch: false }} openDelay={150} withinPortal>
      <PageLink
        to={`/events/${event.eventId}`}
        className={classes.bar}
        aria-label={`${event.name}, ${tStatus(event.status)}, ${starts} – ${ends}, ${claims}`}
        style={{ left: percent(bar.start), width: percent(width) }}
        data-bar
        data-tone={EVENT_TONES[event.status]}
        data-draft={event.status === 'DRAFT' || undefined}
        data-starts-before={bar.startsBefore || undefined}
        data-ends-after={bar.endsAfter || undefined}
      >
        {runs > 0 && (
          <span className={classes.window} style={{ width: percent(runs) }}>
            <span className={classes.times}>
              {starts} – {ends}
            </span>
          </span>
        )}
        {runs < 1 && (
          <span className={classes.claims} style={{ width: percent(1 - runs) }}>
            {runs === 0 && <span className={classes.times}>{claims}</span>}
          </span>
        )}
      </PageLink>
    </Tooltip>
  );
};

/** The times of an event in all zones. */
const Details = ({ event }: { event: CalendarEvent }) => {
  const t = useTexts(calendarTexts);
  const tShell = useTexts(shellTexts);
  const zones = [event.timeZone, 'UTC', localZone()];
  const rows = [
    [t('starts'), event.startsAt],
    [t('ends'), event.endsAt],
    [t('claimsUntil'), event.claimsUntil],
  ] as const;
  return (
    <span className={classes.details}>
      <span className={classes.detailsTitle}>
        {event.name} <EventStatus status={event.status} />
      </span>
      <span className={classes.detailsGrid}>
        <span />
        <span>{`${tShell('zoneEvent')} (${event.timeZone})`}</span>
        <span>{tShell('zoneUtc')}</span>
        <span>{tShell('zoneLocal')}</span>
        {rows.map(([name, at]) => [
          <span key={name}>{name}</span>,
          ...zones.map((zone, index) => <span key={`${name} ${index}`}>{formatTime(at, zone)}</span>),
        ])}
      </span>
    </span>
  );
};
