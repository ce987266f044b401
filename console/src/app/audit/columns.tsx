import { useTexts } from '../../shared/i18n/texts';
import { TimeOfRow } from '../claims/columns';
import { CopyText, shortId } from '../components/copy-text';
import { EventLink } from '../components/names';
import { PageLink } from '../components/page-link';
import { Status } from '../components/status';
import type { Fact } from '../event/changes';
import type { Column } from '../table/column';
import { Actor, actorId } from './actor';
import { auditTexts } from './texts';
import { useFactWords } from './use-fact-words';

/** Whether a domain event records that something was not done. */
const isFailure = (type: string): boolean => type.endsWith('Refused') || type === 'MessageDeadLettered';

/** Returns the columns of the audit. */
export const useAuditColumns = (): readonly Column<Fact>[] => {
  const t = useTexts(auditTexts);
  const words = useFactWords();
  return [
    {
      id: 'at',
      header: t('time'),
      width: 224,
      value: ({ at }) => at,
      cell: ({ at, eventId }) => <TimeOfRow at={at} eventId={eventId} />,
    },
    {
      id: 'type',
      header: t('type'),
      width: 180,
      value: ({ type }) => words.type(type),
      cell: ({ type }) => (isFailure(type) ? <Status tone="bad">{words.type(type)}</Status> : words.type(type)),
    },
    { id: 'details', header: t('details'), width: 240, grows: true, value: (fact) => words.summary(fact) },
    {
      id: 'actor',
      header: t('actor'),
      width: 170,
      value: ({ actor }) => actorId(actor),
      cell: ({ actor }) => <Actor actor={actor} />,
    },
    {
      id: 'eventId',
      header: t('event'),
      width: 160,
      value: ({ eventId }) => eventId,
      cell: ({ eventId }) => (eventId === null ? '–' : <EventLink eventId={eventId} />),
    },
    {
      id: 'accountId',
      header: t('player'),
      width: 100,
      value: ({ accountId }) => accountId,
      cell: ({ accountId }) =>
        accountId === null ? (
          '–'
        ) : (
          <PageLink to={`/players/${accountId}`} className="mono">
            {shortId(accountId)}
          </PageLink>
        ),
    },
    { id: 'stream', header: t('stream'), width: 300, hidden: true, value: ({ stream }) => stream },
    { id: 'revision', header: t('revision'), width: 90, align: 'end', hidden: true, value: ({ revision }) => revision },
    {
      id: 'correlationId',
      header: t('request'),
      width: 270,
      hidden: true,
      value: ({ correlationId }) => correlationId,
      cell: ({ correlationId }) => <CopyText value={correlationId} />,
    },
    {
      id: 'position',
      header: t('position'),
      width: 270,
      hidden: true,
      value: ({ position }) => position,
      cell: ({ position }) => <CopyText value={position} />,
    },
  ];
};
