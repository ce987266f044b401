import { useMemo, type ReactNode } from 'react';
import type { Schemas } from '../../shared/api/client';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useTexts } from '../../shared/i18n/texts';
import { CopyText, shortId } from '../components/copy-text';
import { DeliveryStatus } from '../components/delivery-status';
import { deliveryStatusTexts } from '../components/delivery-status-texts';
import { Empty } from '../components/empty';
import { Count } from '../components/number';
import { PageLink } from '../components/page-link';
import { Status } from '../components/status';
import type { Column } from '../table/column';
import { DataTable } from '../table/data-table';
import type { Rows } from '../table/rows';
import { Time } from '../time/time';
import type { RewardEvent } from './queries';
import { playerTexts } from './texts';
import { verdictOf, type ExplainedEvent, type JudgedLogin } from './why';
import { whyTexts } from './why-texts';
import classes from './players.module.css';

type Claim = Schemas['ClaimResponse'];
type Login = Schemas['PlayerLoginResponse'];

const nothing = (): void => undefined;

/** Rows that are already loaded. */
const loaded = <Row,>(rows: readonly Row[]): Rows<Row> => ({
  rows,
  hasMore: false,
  isLoading: false,
  error: null,
  loadMore: nothing,
  retry: nothing,
});

const ROW_HEIGHT = 32;
/** Height of the toolbar, the header, the scroll bar and the footer of a table. */
const FRAME_HEIGHT = 126;
const MIN_HEIGHT = 324;
const MAX_SHOWN = 20;

/** Gives a table inside a page the height of its rows. */
const Fitted = ({ rows, children }: { readonly rows: number; readonly children: ReactNode }) => (
  <div className={classes.fitted} style={{ height: Math.max(MIN_HEIGHT, FRAME_HEIGHT + ROW_HEIGHT * Math.min(rows, MAX_SHOWN)) }}>
    {children}
  </div>
);

interface ClaimListProps {
  readonly claims: readonly Claim[];
  readonly events: ReadonlyMap<string, RewardEvent>;
}

/** The newest claims of a player, granted and rejected. */
export const ClaimList = ({ claims, events }: ClaimListProps) => {
  const t = useTexts(playerTexts);
  const tCode = useTexts(codeTexts);
  const tDelivery = useTexts(deliveryStatusTexts);
  const columns = useMemo((): readonly Column<Claim>[] => {
    const eventName = ({ eventId }: Claim): string => events.get(eventId)?.name ?? shortId(eventId);
    const isGranted = ({ status }: Claim): boolean => status === 'SUCCESS';
    return [
      {
        id: 'at',
        header: t('time'),
        width: 156,
        value: ({ at }) => at,
        cell: ({ at, eventId }) => <Time at={at} zone={events.get(eventId)?.timeZone} />,
      },
      {
        id: 'state',
        header: t('state'),
        width: 96,
        value: (claim) => t(isGranted(claim) ? 'granted' : 'rejected'),
        cell: (claim) => <Status tone={isGranted(claim) ? 'good' : 'bad'}>{t(isGranted(claim) ? 'granted' : 'rejected')}</Status>,
      },
      {
        id: 'delivery',
        header: t('delivery'),
        width: 110,
        value: ({ delivery }) => (delivery === null ? null : tDelivery(delivery.status)),
        cell: ({ delivery }) => (delivery === null ? '–' : <DeliveryStatus status={delivery.status} />),
      },
      { id: 'reward', header: t('reward'), width: 130, value: ({ rewardName }) => rewardName },
      {
        id: 'amount',
        header: t('amount'),
        width: 80,
        align: 'end',
        value: ({ amount }) => amount,
        cell: ({ amount }) => (amount === null ? t('all') : <Count value={amount} />),
      },
      {
        id: 'event',
        header: t('event'),
        width: 150,
        value: eventName,
        cell: (claim) => <PageLink to={`/events/${claim.eventId}`}>{eventName(claim)}</PageLink>,
      },
      {
        id: 'reason',
        header: t('reason'),
        width: 190,
        grows: true,
        value: ({ reason }) => reason,
        cell: ({ reason }) => (reason === null ? null : <span title={reason}>{tCode(codeKey(reason))}</span>),
      },
      {
        id: 'milestone',
        header: t('milestoneShort'),
        width: 84,
        align: 'end',
        hidden: true,
        value: ({ milestone }) => milestone,
      },
      { id: 'cycle', header: t('cycleShort'), width: 100, hidden: true, value: ({ cycle }) => cycle },
      { id: 'type', header: t('type'), width: 100, hidden: true, value: ({ type }) => type },
      { id: 'itemCode', header: t('itemCode'), width: 130, hidden: true, value: ({ itemCode }) => itemCode },
      { id: 'target', header: t('target'), width: 120, hidden: true, value: ({ target }) => target },
      {
        id: 'requestId',
        header: t('requestIdShort'),
        width: 130,
        value: ({ requestId }) => requestId,
        cell: ({ requestId }) => <CopyText value={requestId} />,
      },
      {
        id: 'claimId',
        header: t('claimIdShort'),
        width: 90,
        value: ({ claimId }) => claimId,
        cell: ({ claimId }) => claimId && <CopyText value={claimId} shown={shortId(claimId)} />,
      },
      { id: 'position', header: t('position'), width: 180, hidden: true, value: ({ position }) => position },
    ];
  }, [t, tCode, tDelivery, events]);
  return (
    <Fitted rows={claims.length}>
      <DataTable
        name="claims."
        label={t('newestClaims')}
        columns={columns}
        list={loaded(claims)}
        keyOf={({ position }) => position}
        empty={<Empty title={t('noClaims')} />}
        toolbar={<span className={classes.note}>{t('newest', { count: claims.length })}</span>}
      />
    </Fitted>
  );
};

/** The newest logins of a player. */
export const LoginList = ({ logins }: { readonly logins: readonly Login[] }) => {
  const t = useTexts(playerTexts);
  const columns = useMemo(
    (): readonly Column<Login>[] => [
      { id: 'at', header: t('time'), width: 170, value: ({ at }) => at, cell: ({ at }) => <Time at={at} precision="second" /> },
      {
        id: 'loginId',
        header: t('loginIdShort'),
        width: 300,
        grows: true,
        value: ({ loginId }) => loginId,
        cell: ({ loginId }) => <CopyText value={loginId} />,
      },
      { id: 'position', header: t('position'), width: 180, hidden: true, value: ({ position }) => position },
    ],
    [t],
  );
  return (
    <Fitted rows={logins.length}>
      <DataTable
        name="logins."
        label={t('newestLogins')}
        columns={columns}
        list={loaded(logins)}
        keyOf={({ position }) => position}
        empty={<Empty title={t('noLogins')} />}
        toolbar={<span className={classes.note}>{t('newest', { count: logins.length })}</span>}
      />
    </Fitted>
  );
};

interface JudgedLoginListProps {
  readonly logins: readonly JudgedLogin[];
  readonly event: ExplainedEvent | null;
}

/** The logins around the window of an event, each with its verdict, the newest first. */
export const JudgedLoginList = ({ logins, event }: JudgedLoginListProps) => {
  const t = useTexts(playerTexts);
  const tWhy = useTexts(whyTexts);
  const columns = useMemo((): readonly Column<JudgedLogin>[] => {
    const words = (login: JudgedLogin): string => {
      const verdict = verdictOf(login, event);
      return verdict === null ? t(login.counted ? 'counted' : 'pending') : tWhy(`short${verdict}`);
    };
    return [
      { id: 'at', header: t('time'), width: 156, value: ({ at }) => at, cell: ({ at }) => <Time at={at} /> },
      { id: 'day', header: t('day'), width: 96, value: ({ day }) => day },
      {
        id: 'verdict',
        header: t('state'),
        width: 180,
        grows: true,
        value: words,
        cell: (login) => (
          <Status tone={login.counted ? 'good' : login.reason === 'PAUSED' ? 'warn' : 'quiet'}>{words(login)}</Status>
        ),
      },
      {
        id: 'loginId',
        header: t('loginIdShort'),
        width: 110,
        hidden: true,
        value: ({ loginId }) => loginId,
        cell: ({ loginId }) => <CopyText value={loginId} shown={shortId(loginId)} />,
      },
    ];
  }, [t, tWhy, event]);
  const list = useMemo(() => loaded(logins.toReversed()), [logins]);
  return (
    <Fitted rows={logins.length}>
      <DataTable
        name="why."
        label={t('judgedLogins')}
        columns={columns}
        list={list}
        keyOf={({ loginId, at }) => `${loginId} ${at}`}
        empty={<Empty title={t('noLoginsOfEvent')} />}
      />
    </Fitted>
  );
};
