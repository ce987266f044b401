import { useLanguage, useTexts } from '../shared/i18n/texts';
import { formatAmount, formatDistance } from '../shared/player/format';
import card from '../shared/player/event-card.module.css';
import { playerTexts } from '../shared/player/texts';
import { hrefOf } from './location';
import { currentOf, hasRewardsToTake } from './participations';
import { readEvents, readParticipations, type ListedEvent, type Participation } from './rewards';
import { Empty, Loading, ProblemPanel } from './states';
import { playTexts } from './texts';
import { useLoad } from './use-load';
import classes from './play.module.css';

const GROUPS = [
  ['open', ['ACTIVE', 'PAUSED']],
  ['over', ['ENDED']],
  ['soon', ['SCHEDULED']],
] as const;

/** All events that matter to a player now, each with the player's progress. */
export const EventsPage = () => {
  const t = useTexts(playTexts);
  const { data, problem, reload } = useLoad('events', async (signal) => {
    const [events, participations] = await Promise.all([readEvents(signal), readParticipations(signal)]);
    const tookPart = new Set(participations.map(({ eventId }) => eventId));
    return { events: events.filter(({ eventId, status }) => status !== 'ENDED' || tookPart.has(eventId)), participations };
  });
  if (!data) return problem ? <ProblemPanel problem={problem} onRetry={() => void reload()} /> : <Loading />;
  if (data.events.length === 0) return <Empty title={t('noEvents')} note={t('noEventsNote')} />;
  return GROUPS.map(([name, statuses]) => {
    const events = data.events.filter(({ status }) => statuses.some((each) => each === status));
    return (
      events.length > 0 && (
        <section key={name} className={classes.group}>
          <h2>{t(name)}</h2>
          <ul>
            {events.map((event) => (
              <li key={event.eventId}>
                <EventRow event={event} own={data.participations.filter(({ eventId }) => eventId === event.eventId)} />
              </li>
            ))}
          </ul>
        </section>
      )
    );
  });
};

const EventRow = ({ event, own }: { event: ListedEvent; own: readonly Participation[] }) => {
  const t = useTexts(playTexts);
  const tCard = useTexts(playerTexts);
  const language = useLanguage();
  const now = new Date().toISOString();
  const current = currentOf(event, own, now);
  const { count } = event.condition;
  const progress = Math.min(current?.progress ?? 0, count);
  const [nextName, next] = nextOf(event);
  return (
    <a className={classes.row} href={hrefOf({ page: 'event', eventId: event.eventId, cycle: null })}>
      <span className={classes.rowHead}>
        <strong>{event.name}</strong>
        {event.status !== 'PAUSED' && own.some(hasRewardsToTake) ? (
          <span className={classes.waiting}>{t('waiting')}</span>
        ) : (
          current?.status === 'COMPLETED' && <span className={card.badge}>{t('done')}</span>
        )}
      </span>
      <span className={card.quiet}>
        {event.status === 'PAUSED' ? `${tCard('PAUSED')} · ` : ''}
        {tCard(nextName, { when: formatDistance(next, now, language) })}
      </span>
      {event.status !== 'SCHEDULED' && (
        <span className={classes.rowProgress}>
          <span className={card.progress}>
            <progress value={progress} max={count} aria-hidden />
          </span>
          <span>
            {tCard('progress', { progress: formatAmount(progress, language), required: formatAmount(count, language) })}
          </span>
        </span>
      )}
    </a>
  );
};

/** What happens next in an event, and when. */
const nextOf = ({ status, startsAt, endsAt, claimsUntil }: ListedEvent) => {
  if (status === 'SCHEDULED') return ['startsIn', startsAt] as const;
  return status === 'ENDED' ? (['claimsEndIn', claimsUntil] as const) : (['endsIn', endsAt] as const);
};
