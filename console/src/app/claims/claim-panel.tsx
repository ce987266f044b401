import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ApiProblem } from '../../shared/api/problem';
import { dataOf } from '../../shared/api/client';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useTexts } from '../../shared/i18n/texts';
import { CopyText } from '../components/copy-text';
import { DeliveryStatus } from '../components/delivery-status';
import { Details } from '../components/details';
import { ErrorPanel } from '../components/error-panel';
import { EventStatus } from '../components/event-status';
import { EventLink, useNamedEvent } from '../components/names';
import { Count } from '../components/number';
import { Section } from '../components/page';
import { PageLink } from '../components/page-link';
import { SidePanel } from '../components/side-panel';
import { Status } from '../components/status';
import { useRejection } from '../components/use-rejection';
import { Loading } from '../event/loading';
import { kindTexts } from '../event/texts';
import { api } from '../session';
import { Time } from '../time/time';
import { InEventZone } from '../time/zone-mode';
import { momentOf, type ClaimKey } from './claim-filter';
import type { Claim } from './columns';
import { claimTexts } from './texts';

interface ClaimPanelProps {
  readonly claimKey: ClaimKey;
  /** If the list has it. */
  readonly row: Claim | undefined;
  readonly onClose: () => void;
}

/** Everything about one claim, its player and its event. */
export const ClaimPanel = ({ claimKey, row, onClose }: ClaimPanelProps) => {
  const t = useTexts(claimTexts);
  const { accountId, eventId, at, position } = claimKey;
  const {
    data = row,
    error,
    refetch,
  } = useQuery({
    queryKey: ['claims', 'one', position],
    queryFn: async ({ signal }) => {
      const query = { accountId, eventId, ...momentOf(at), limit: 100 };
      const found = await dataOf(api.GET('/claims', { params: { query }, signal }));
      return found.find((each) => each.position === position) ?? null;
    },
    enabled: !row,
  });
  const event = useNamedEvent(eventId);
  const title = data ? t(data.status === 'SUCCESS' ? 'granted' : 'rejected') : t('claim');
  return (
    <InEventZone zone={event?.timeZone}>
      <SidePanel title={title} onClose={onClose}>
        {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
        {!error && data === undefined && <Loading rows={10} />}
        {data === null && <Text>{t('empty')}</Text>}
        {data && (
          <>
            {data.reason !== null && <Why claim={data} reason={data.reason} />}
            <ClaimDetails claim={data} />
            <PlayerDetails claim={data} />
            <EventDetails eventId={eventId} />
          </>
        )}
      </SidePanel>
    </InEventZone>
  );
};

/** The rejection in words, with the figures that were recorded with it. */
const Why = ({ claim, reason }: { claim: Claim; reason: string }) => {
  const t = useTexts(claimTexts);
  const tCode = useTexts(codeTexts);
  const explain = useRejection();
  const { accountId, eventId, at, position } = claim;
  const { data, isPending } = useQuery({
    queryKey: ['audit', 'one', position],
    queryFn: async ({ signal }) => {
      const query = { type: 'ClaimRefused', accountId, eventId, ...momentOf(at), limit: 100 } as const;
      const found = await dataOf(api.GET('/audit', { params: { query }, signal }));
      return found.find((fact) => fact.position === position) ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Section title={t('why')}>
      <div>
        <Text fw={500}>{tCode(codeKey(reason))}</Text>
        <Text c="dimmed" component="div" aria-live="polite">
          {isPending ? t('whySearching') : explain(reason, data?.data ?? {})}
        </Text>
      </div>
    </Section>
  );
};

const ClaimDetails = ({ claim }: { claim: Claim }) => {
  const t = useTexts(claimTexts);
  const tKind = useTexts(kindTexts);
  const isAutomatic = claim.requestId.startsWith('auto:');
  return (
    <Section title={t('claim')}>
      <Details
        rows={[
          [
            t('state'),
            <Status key="state" tone={claim.status === 'SUCCESS' ? 'good' : 'bad'}>
              {t(claim.status)}
            </Status>,
          ],
          [t('time'), <Time key="at" at={claim.at} precision="second" />],
          [t('delivery'), claim.delivery && <DeliveryTime key="delivery" delivery={claim.delivery} />],
          [t('reward'), claim.rewardName],
          [t('amount'), claim.amount === null ? t('all') : <Count key="amount" value={claim.amount} />],
          [t('type'), claim.type && tKind(claim.type)],
          [t('itemCode'), claim.itemCode && <CopyText key="code" value={claim.itemCode} />],
          [t('target'), claim.target],
          [t('milestone'), claim.milestone],
          [t('cycle'), claim.cycle],
          [t('requestId'), <CopyText key="request" value={claim.requestId} />],
          [t('claimId'), claim.claimId && <CopyText key="claim" value={claim.claimId} />],
        ]}
      />
      {isAutomatic && <Text c="dimmed">{t('automatic')}</Text>}
      {claim.delivery && (
        <PageLink to="/deliveries" search={{ accountId: claim.accountId, eventId: claim.eventId, ...momentOf(claim.at) }}>
          {t('openDelivery')}
        </PageLink>
      )}
      <PageLink to="/audit" search={{ accountId: claim.accountId, eventId: claim.eventId, ...momentOf(claim.at) }}>
        {t('inAudit')}
      </PageLink>
    </Section>
  );
};

const DeliveryTime = ({ delivery: { status, at } }: { delivery: NonNullable<Claim['delivery']> }) => (
  <>
    <DeliveryStatus status={status} /> · <Time at={at} precision="second" />
  </>
);

const PlayerDetails = ({ claim }: { claim: Claim }) => {
  const t = useTexts(claimTexts);
  const tKind = useTexts(kindTexts);
  const { accountId, eventId, cycle } = claim;
  const { data, error, refetch } = useQuery({
    queryKey: ['players', accountId],
    queryFn: ({ signal }) => dataOf(api.GET('/players/{accountId}', { params: { path: { accountId } }, signal })),
  });
  const isUnknown = error instanceof ApiProblem && error.status === 404;
  const participation = data?.participations.find((each) => each.eventId === eventId && each.cycle === cycle);
  return (
    <Section title={t('player')}>
      {error && !isUnknown ? (
        <ErrorPanel error={error} onRetry={() => void refetch()} />
      ) : (
        <Details
          rows={[
            [t('player'), data?.email ?? claim.email ?? t('erased')],
            [t('account'), <CopyText key="account" value={accountId} />],
            [t('registered'), data?.registeredAt ? <Time key="registered" at={data.registeredAt} /> : null],
            [
              t('participation'),
              participation
                ? `${tKind(participation.status)} · ${participation.progress} / ${participation.required}`
                : t('noParticipation'),
            ],
          ]}
        />
      )}
      <PageLink to={`/players/${accountId}`}>{t('openPlayer')}</PageLink>
      <PageLink to="/claims" search={{ accountId, eventId }}>
        {t('otherClaims')}
      </PageLink>
    </Section>
  );
};

const EventDetails = ({ eventId }: { eventId: string }) => {
  const t = useTexts(claimTexts);
  const event = useNamedEvent(eventId);
  return (
    <Section title={t('event')}>
      {event ? (
        <Details
          rows={[
            [t('event'), <EventLink key="name" eventId={eventId} />],
            [t('state'), <EventStatus key="status" status={event.status} />],
            [
              t('window'),
              <span key="window">
                <Time at={event.startsAt} /> – <Time at={event.endsAt} />
              </span>,
            ],
            [t('claimsUntil'), <Time key="until" at={event.claimsUntil} />],
          ]}
        />
      ) : (
        <EventLink eventId={eventId} />
      )}
    </Section>
  );
};
