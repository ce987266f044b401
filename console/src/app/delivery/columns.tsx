import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { TimeOfRow } from '../claims/columns';
import { CopyText, shortId } from '../components/copy-text';
import { DeliveryStatus } from '../components/delivery-status';
import { deliveryStatusTexts } from '../components/delivery-status-texts';
import { AccountLink, EventLink } from '../components/names';
import { formatCount } from '../components/number';
import { PageLink } from '../components/page-link';
import { kindTexts } from '../event/texts';
import type { Column } from '../table/column';
import { Time } from '../time/time';
import type { Delivery, Endpoint } from './queries';
import { deliveryTexts } from './texts';
import { useErrorWords } from './use-error-words';

/** Returns the function that names the endpoint of a delivery, which may have been removed. */
export const useEndpointName = (endpoints: readonly Endpoint[]): ((endpointId: string) => string) => {
  const t = useTexts(deliveryTexts);
  return (endpointId) => endpoints.find(({ id }) => id === endpointId)?.name ?? t('removedEndpoint', { id: shortId(endpointId) });
};

/** Returns the columns of the list of deliveries. */
export const useDeliveryColumns = (endpoints: readonly Endpoint[]): readonly Column<Delivery>[] => {
  const t = useTexts(deliveryTexts);
  const tStatus = useTexts(deliveryStatusTexts);
  const tKind = useTexts(kindTexts);
  const language = useLanguage();
  const words = useErrorWords();
  const nameOf = useEndpointName(endpoints);
  return [
    {
      id: 'at',
      header: t('at'),
      width: 224,
      value: ({ at }) => at,
      cell: ({ at, eventId }) => <TimeOfRow at={at} eventId={eventId} />,
    },
    {
      id: 'status',
      header: t('status'),
      width: 112,
      value: ({ status }) => tStatus(status),
      cell: ({ status }) => <DeliveryStatus status={status} />,
    },
    {
      id: 'accountId',
      header: t('player'),
      width: 180,
      grows: true,
      value: ({ accountId }) => accountId,
      cell: ({ accountId }) => <AccountLink accountId={accountId} />,
    },
    {
      id: 'eventId',
      header: t('event'),
      width: 140,
      grows: true,
      value: ({ eventId }) => eventId,
      cell: ({ eventId }) => <EventLink eventId={eventId} />,
    },
    { id: 'rewardName', header: t('reward'), width: 120, value: ({ rewardName }) => rewardName },
    {
      id: 'amount',
      header: t('amount'),
      width: 76,
      align: 'end',
      value: ({ amount }) => amount,
      cell: ({ amount }) => formatCount(amount, language),
    },
    {
      id: 'parkedFor',
      header: t('parkedFor'),
      width: 150,
      value: ({ parkedFor }) => (parkedFor === null ? null : tStatus(parkedFor)),
    },
    {
      id: 'lastError',
      header: t('lastError'),
      width: 240,
      value: ({ lastError }) => (lastError === null ? null : words(lastError)),
    },
    {
      id: 'attempts',
      header: t('attempts'),
      width: 76,
      align: 'end',
      value: ({ attempts }) => attempts,
      cell: ({ attempts }) => formatCount(attempts, language),
    },
    {
      id: 'nextAttemptAt',
      header: t('nextAttempt'),
      width: 148,
      value: ({ nextAttemptAt }) => nextAttemptAt,
      cell: ({ nextAttemptAt }) => <Time at={nextAttemptAt} precision="second" />,
    },
    {
      id: 'deliveredAt',
      header: t('deliveredAt'),
      width: 148,
      value: ({ deliveredAt }) => deliveredAt,
      cell: ({ deliveredAt }) => <Time at={deliveredAt} precision="second" />,
    },
    {
      id: 'endpointId',
      header: t('endpoint'),
      width: 140,
      value: ({ endpointId }) => nameOf(endpointId),
      cell: ({ endpointId }) => (
        <PageLink to="/deliveries" search={{ tab: 'endpoints' }}>
          {nameOf(endpointId)}
        </PageLink>
      ),
    },
    { id: 'type', header: t('type'), width: 84, value: ({ type }) => tKind(type) },
    {
      id: 'reference',
      header: t('reference'),
      width: 140,
      value: ({ reference }) => reference,
      cell: ({ reference }) => (reference === null ? '–' : <CopyText value={reference} />),
    },
    {
      id: 'deliveryId',
      header: t('deliveryId'),
      width: 110,
      hidden: true,
      value: ({ deliveryId }) => deliveryId,
      cell: ({ deliveryId }) => <CopyText value={deliveryId} shown={shortId(deliveryId)} />,
    },
    {
      id: 'claimId',
      header: t('claimId'),
      width: 110,
      hidden: true,
      value: ({ claimId }) => claimId,
      cell: ({ claimId }) => <CopyText value={claimId} shown={shortId(claimId)} />,
    },
  ];
};
