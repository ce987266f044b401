import { useTexts } from '../../shared/i18n/texts';
import { useConditionWords } from '../components/condition-words';
import { CopyText, shortId } from '../components/copy-text';
import { EventStatus } from '../components/event-status';
import { statusTexts } from '../components/event-status-texts';
import { Count } from '../components/number';
import { PageLink } from '../components/page-link';
import { useMayCall } from '../session';
import type { Column } from '../table/column';
import { Time } from '../time/time';
import type { ListedEvent } from './load-events';
import { eventsTexts } from './texts';

const rewardsOf = ({ rewards }: ListedEvent): number => rewards.length;

/** The columns of the list of events. Some are hidden until they are chosen. */
export const useColumns = (): readonly Column<ListedEvent>[] => {
  const t = useTexts(eventsTexts);
  const tStatus = useTexts(statusTexts);
  const { short, cycle } = useConditionWords();
  const mayClone = useMayCall()('POST /events/{eventId}/clone');
  const automatic = ({ autoComplete, autoClaim }: ListedEvent): string =>
    t(autoClaim ? 'autoClaim' : autoComplete ? 'autoComplete' : 'autoNone');
  const time = (id: 'startsAt' | 'endsAt' | 'claimsUntil' | 'createdAt', header: string, hidden = false) => ({
    id,
    header,
    hidden,
    width: 142,
    value: (row: ListedEvent) => row[id],
    cell: (row: ListedEvent) => <Time at={row[id]} zone={row.timeZone} />,
  });
  const all: Column<ListedEvent>[] = [
    {
      id: 'name',
      header: t('name'),
      width: 160,
      grows: true,
      value: ({ name }) => name,
      cell: ({ eventId, name }) => (
        <PageLink to={`/events/${eventId}`} tabIndex={-1} title={name}>
          {name}
        </PageLink>
      ),
    },
    {
      id: 'status',
      header: t('status'),
      width: 100,
      value: ({ status }) => tStatus(status),
      cell: ({ status }) => <EventStatus status={status} />,
    },
    time('startsAt', t('starts')),
    time('endsAt', t('ends')),
    time('claimsUntil', t('claimsUntil')),
    { id: 'condition', header: t('condition'), width: 168, value: ({ condition }) => short(condition) },
    { id: 'cycle', header: t('cycle'), width: 96, value: (row) => cycle(row.cycle) },
    { id: 'automatic', header: t('automatic'), width: 150, hidden: true, value: automatic },
    {
      id: 'rewards',
      header: t('rewards'),
      width: 76,
      align: 'end',
      hidden: true,
      value: rewardsOf,
      cell: (row) => <Count value={rewardsOf(row)} />,
    },
    {
      id: 'milestones',
      header: t('milestones'),
      width: 92,
      align: 'end',
      hidden: true,
      value: ({ milestones }) => milestones.length,
      cell: ({ milestones }) => <Count value={milestones.length} />,
    },
    { id: 'timeZone', header: t('zone'), width: 130, hidden: true, value: ({ timeZone }) => timeZone },
    { id: 'dayStartsAt', header: t('dayStartsAt'), width: 92, hidden: true, value: ({ dayStartsAt }) => dayStartsAt },
    { id: 'description', header: t('description'), width: 220, hidden: true, value: ({ description }) => description },
    {
      id: 'eventId',
      header: t('eventId'),
      width: 92,
      hidden: true,
      value: ({ eventId }) => eventId,
      cell: ({ eventId }) => <CopyText value={eventId} shown={shortId(eventId)} />,
    },
    {
      id: 'createdBy',
      header: t('createdBy'),
      width: 92,
      hidden: true,
      value: ({ createdBy }) => createdBy,
      cell: ({ createdBy }) => (
        <PageLink to={`/players/${createdBy}`} className="mono">
          {shortId(createdBy)}
        </PageLink>
      ),
    },
    time('createdAt', t('createdAt'), true),
  ];
  if (!mayClone) return all;
  return [
    ...all,
    {
      id: 'actions',
      header: t('actions'),
      width: 70,
      value: () => null,
      cell: ({ eventId, name }) => (
        <PageLink to={`/events/${eventId}/clone`} aria-label={t('cloneOf', { name })}>
          {t('clone')}
        </PageLink>
      ),
    },
  ];
};
