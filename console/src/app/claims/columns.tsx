import type { Schemas } from '../../shared/api/client';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { CopyText, shortId } from '../components/copy-text';
import { DeliveryStatus } from '../components/delivery-status';
import { deliveryStatusTexts } from '../components/delivery-status-texts';
import { AccountLink, EventLink, useNamedEvent } from '../components/names';
import { formatCount } from '../components/number';
import { Status } from '../components/status';
import { kindTexts } from '../event/texts';
import type { Column } from '../table/column';
import { Time } from '../time/time';
import { useEventZone, useZoneMode } from '../time/zone-mode';
import { offsetName } from '../time/zones';
import { claimTexts } from './texts';
import classes from './claims.module.css';

export type Claim = Schemas['ClaimResponse'];

/**
 * A time in the zone of the event of its row. In a list of several events the zones differ, so each time names its own: otherwise
 * rows in order would seem to be out of order.
 */
export const TimeOfRow = ({ at, eventId }: { at: string; eventId: string | null }) => {
  const zone = useNamedEvent(eventId)?.timeZone;
  const listed = useEventZone();
  const isMixed = useZoneMode() === 'event' && listed === undefined;
  return (
    <>
      <Time at={at} zone={zone} precision="second" />
      {isMixed && <span className={classes.offset}>{offsetName(at, zone ?? 'UTC')}</span>}
    </>
  );
};

const id = (value: string | null) => (value === null ? '–' : <CopyText value={value} shown={shortId(value)} />);

/** Returns the columns of the list of claims. */
export const useClaimColumns = (): readonly Column<Claim>[] => {
  const t = useTexts(claimTexts);
  const tCode = useTexts(codeTexts);
  const tKind = useTexts(kindTexts);
  const tDelivery = useTexts(deliveryStatusTexts);
  const language = useLanguage();
  return [
    {
      id: 'at',
      header: t('time'),
      width: 224,
      value: ({ at }) => at,
      cell: ({ at, eventId }) => <TimeOfRow at={at} eventId={eventId} />,
    },
    {
      id: 'email',
      header: t('player'),
      width: 180,
      grows: true,
      value: ({ email, accountId }) => email ?? accountId,
      cell: ({ accountId, email }) => <AccountLink accountId={accountId} email={email} />,
    },
    {
      id: 'eventId',
      header: t('event'),
      width: 150,
      grows: true,
      value: ({ eventId }) => eventId,
      cell: ({ eventId }) => <EventLink eventId={eventId} />,
    },
    { id: 'rewardName', header: t('reward'), width: 130, value: ({ rewardName }) => rewardName },
    {
      id: 'amount',
      header: t('amount'),
      width: 112,
      align: 'end',
      value: ({ amount }) => amount,
      cell: ({ amount }) => (amount === null ? t('all') : formatCount(amount, language)),
    },
    {
      id: 'status',
      header: t('state'),
      width: 100,
      value: ({ status }) => t(status),
      cell: ({ status }) => <Status tone={status === 'SUCCESS' ? 'good' : 'bad'}>{t(status)}</Status>,
    },
    {
      id: 'reason',
      header: t('reason'),
      width: 240,
      grows: true,
      value: ({ reason }) => (reason === null ? null : tCode(codeKey(reason))),
    },
    {
      id: 'delivery',
      header: t('delivery'),
      width: 110,
      value: ({ delivery }) => (delivery === null ? null : tDelivery(delivery.status)),
      cell: ({ delivery }) => (delivery === null ? '–' : <DeliveryStatus status={delivery.status} />),
    },
    { id: 'milestone', header: t('milestone'), width: 90, align: 'end', value: ({ milestone }) => milestone },
    { id: 'cycle', header: t('cycle'), width: 100, hidden: true, value: ({ cycle }) => cycle },
    {
      id: 'type',
      header: t('type'),
      width: 100,
      hidden: true,
      value: ({ type }) => (type === null ? null : tKind(type)),
    },
    { id: 'itemCode', header: t('itemCode'), width: 130, hidden: true, value: ({ itemCode }) => itemCode },
    { id: 'target', header: t('target'), width: 130, hidden: true, value: ({ target }) => target },
    {
      id: 'requestId',
      header: t('requestId'),
      width: 150,
      hidden: true,
      value: ({ requestId }) => requestId,
      cell: ({ requestId }) => <CopyText value={requestId} />,
    },
    {
      id: 'claimId',
      header: t('claimId'),
      width: 110,
      hidden: true,
      value: ({ claimId }) => claimId,
      cell: ({ claimId }) => id(claimId),
    },
    {
      id: 'accountId',
      header: t('account'),
      width: 110,
      hidden: true,
      value: ({ accountId }) => accountId,
      cell: ({ accountId }) => id(accountId),
    },
    { id: 'position', header: t('position'), width: 280, hidden: true, value: ({ position }) => position },
  ];
};
