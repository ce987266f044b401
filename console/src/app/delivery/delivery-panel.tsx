import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { momentOf } from '../claims/claim-filter';
import { CopyText } from '../components/copy-text';
import { DeliveryStatus } from '../components/delivery-status';
import { deliveryStatusTexts } from '../components/delivery-status-texts';
import { Details } from '../components/details';
import { ErrorPanel } from '../components/error-panel';
import { AccountLink, EventLink, useNamedEvent } from '../components/names';
import { Count, formatCount } from '../components/number';
import { Section } from '../components/page';
import { PageLink } from '../components/page-link';
import { SidePanel } from '../components/side-panel';
import { Loading } from '../event/loading';
import { kindTexts } from '../event/texts';
import { useMayCall } from '../session';
import { Time } from '../time/time';
import { InEventZone } from '../time/zone-mode';
import { useEndpointName } from './columns';
import { AbandonDialog, ResendDialog } from './delivery-dialogs';
import { History } from './history';
import { useDelivery, type DeliveryWithHistory, type Endpoint } from './queries';
import { deliveryTexts } from './texts';
import { useErrorWords } from './use-error-words';

interface DeliveryPanelProps {
  readonly deliveryId: string;
  readonly endpoints: readonly Endpoint[];
  readonly onClose: () => void;
}

/** Everything about one delivery: where it is, each attempt, and what can be done. */
export const DeliveryPanel = ({ deliveryId, endpoints, onClose }: DeliveryPanelProps) => {
  const t = useTexts(deliveryTexts);
  const { data, error, refetch } = useDelivery(deliveryId);
  const language = useLanguage();
  const event = useNamedEvent(data?.eventId);
  const title = data ? t('deliveryOf', { amount: formatCount(data.amount, language), name: data.rewardName }) : t('delivery');
  return (
    <InEventZone zone={event?.timeZone}>
      <SidePanel title={title} onClose={onClose}>
        {data ? (
          <>
            <Actions delivery={data} />
            <DeliveryDetails delivery={data} endpoints={endpoints} />
            <Section title={t('history')}>
              <History steps={data.history} />
            </Section>
          </>
        ) : error ? (
          <ErrorPanel error={error} onRetry={() => void refetch()} />
        ) : (
          <Loading rows={12} />
        )}
      </SidePanel>
    </InEventZone>
  );
};

const Actions = ({ delivery }: { delivery: DeliveryWithHistory }) => {
  const t = useTexts(deliveryTexts);
  const mayCall = useMayCall();
  const [dialog, setDialog] = useState<'resend' | 'abandon' | null>(null);
  const mayResend = mayCall('POST /deliveries/{deliveryId}/resend');
  const mayAbandon =
    mayCall('POST /deliveries/{deliveryId}/abandon') && (delivery.status === 'PENDING' || delivery.status === 'PARKED');
  const close = (): void => setDialog(null);
  if (!mayResend && !mayAbandon) return null;
  return (
    <Group gap="sm">
      {mayResend && (
        <Button variant="default" onClick={() => setDialog('resend')}>
          {t('resend')} …
        </Button>
      )}
      {mayAbandon && (
        <Button variant="default" onClick={() => setDialog('abandon')}>
          {t('abandon')} …
        </Button>
      )}
      {dialog === 'resend' && <ResendDialog delivery={delivery} onClose={close} />}
      {dialog === 'abandon' && <AbandonDialog delivery={delivery} onClose={close} />}
    </Group>
  );
};

const DeliveryDetails = ({ delivery, endpoints }: { delivery: DeliveryWithHistory; endpoints: readonly Endpoint[] }) => {
  const t = useTexts(deliveryTexts);
  const tStatus = useTexts(deliveryStatusTexts);
  const tKind = useTexts(kindTexts);
  const words = useErrorWords();
  const nameOf = useEndpointName(endpoints);
  const { accountId, eventId, at, parkedFor, lastError, nextAttemptAt, deliveredAt, reference } = delivery;
  return (
    <Section title={t('delivery')}>
      <Details
        rows={[
          [t('status'), <DeliveryStatus key="status" status={delivery.status} />],
          [t('parkedFor'), parkedFor && tStatus(parkedFor)],
          [t('lastError'), lastError && words(lastError)],
          [t('attempts'), <Count key="attempts" value={delivery.attempts} />],
          [t('nextAttempt'), nextAttemptAt && <Time key="next" at={nextAttemptAt} precision="second" />],
          [t('deliveredAt'), deliveredAt && <Time key="delivered" at={deliveredAt} precision="second" />],
          [t('reference'), reference && <CopyText key="reference" value={reference} />],
          [t('at'), <Time key="at" at={at} precision="second" />],
          [t('player'), <AccountLink key="player" accountId={accountId} />],
          [t('event'), <EventLink key="event" eventId={eventId} />],
          [t('reward'), delivery.rewardName],
          [t('type'), tKind(delivery.type)],
          [t('amount'), <Count key="amount" value={delivery.amount} />],
          [
            t('endpoint'),
            <PageLink key="endpoint" to="/deliveries" search={{ tab: 'endpoints' }}>
              {nameOf(delivery.endpointId)}
            </PageLink>,
          ],
          [t('deliveryId'), <CopyText key="id" value={delivery.deliveryId} />],
          [t('claimId'), <CopyText key="claim" value={delivery.claimId} />],
        ]}
      />
      <PageLink to="/claims" search={{ accountId, eventId, ...momentOf(at) }}>
        {t('openClaim')}
      </PageLink>
      <PageLink to="/audit" search={{ accountId, eventId, from: at }}>
        {t('openAudit')}
      </PageLink>
    </Section>
  );
};
