import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { bodyOf, dataOf } from '../../shared/api/client';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Confirm } from '../components/confirm';
import { Details } from '../components/details';
import { ErrorPanel } from '../components/error-panel';
import { formatCount } from '../components/number';
import { api, useMayCall } from '../session';
import { PAGE_LIMIT } from '../table/use-rows';
import { Time } from '../time/time';
import { useEndpointName } from './columns';
import { parkedSelectionOf, type DeliveryFilter, type ParkedSelection } from './delivery-filter';
import { useRefresh, type Endpoint } from './queries';
import { deliveryTexts } from './texts';

interface ResendParkedProps {
  readonly filter: DeliveryFilter;
  readonly endpoints: readonly Endpoint[];
}

/** Sends all parked deliveries of the filtered endpoint and time again. It is shown while there are some. */
export const ResendParked = ({ filter, endpoints }: ResendParkedProps) => {
  const t = useTexts(deliveryTexts);
  const mayResend = useMayCall()('POST /deliveries/resend');
  const [asked, setAsked] = useState<ParkedSelection | null>(null);
  const selection = parkedSelectionOf(filter);
  const hasParked = endpoints.some(({ id, parked }) => parked > 0 && (filter.endpointId ?? id) === id);
  return (
    <>
      {mayResend && selection && hasParked && (
        <Button variant="default" onClick={() => setAsked(selection)}>
          {t('resendAll')} …
        </Button>
      )}
      {asked && <ResendParkedDialog selection={asked} endpoints={endpoints} onClose={() => setAsked(null)} />}
    </>
  );
};

interface ResendParkedDialogProps {
  readonly selection: ParkedSelection;
  readonly endpoints: readonly Endpoint[];
  readonly onClose: () => void;
}

/** How many deliveries are parked: exact without a span of time, and otherwise up to a page of them. */
const useParked = ({ from, to, endpointId }: ParkedSelection, endpoints: readonly Endpoint[]) => {
  const isCounted = from === undefined && to === undefined;
  const query = {
    status: 'PARKED',
    limit: PAGE_LIMIT,
    ...(endpointId && { endpointId }),
    ...(from && { from }),
    ...(to && { to }),
  } as const;
  const page = useQuery({
    queryKey: ['deliveries', 'parked', query],
    queryFn: ({ signal }) => bodyOf(api.GET('/deliveries', { params: { query }, signal })),
    enabled: !isCounted,
  });
  if (!isCounted) return { count: page.data?.data.length, isMore: Boolean(page.data?.page.next), error: page.error };
  const selected = endpoints.filter(({ id }) => endpointId === undefined || id === endpointId);
  return { count: selected.reduce((sum, { parked }) => sum + parked, 0), isMore: false, error: null };
};

const ResendParkedDialog = ({ selection, endpoints, onClose }: ResendParkedDialogProps) => {
  const t = useTexts(deliveryTexts);
  const language = useLanguage();
  const refresh = useRefresh();
  const nameOf = useEndpointName(endpoints);
  const { count, isMore, error } = useParked(selection, endpoints);
  const amount = (value: number) => ({ count: value, shown: formatCount(value, language) });
  const run = async (): Promise<void> => {
    const resent = await dataOf(api.POST('/deliveries/resend', { body: { status: 'PARKED', ...selection } }));
    await refresh();
    notifications.show({ message: t('resentAll', amount(resent.count)) });
  };
  const { endpointId, from, to } = selection;
  const title = count === undefined ? t('resendAllCounting') : t(isMore ? 'resendAllMany' : 'resendAllTitle', amount(count));
  return (
    <Confirm title={title} action={t('resend')} onConfirm={run} onClose={onClose}>
      {count === undefined && !error && <Text c="dimmed">{t('counting')}</Text>}
      {error && <ErrorPanel error={error} />}
      <Details
        rows={[
          [t('endpoint'), endpointId === undefined ? t('allEndpoints') : nameOf(endpointId)],
          [
            t('time'),
            from === undefined && to === undefined ? (
              t('anyTime')
            ) : (
              <span key="time">
                <Time at={from} /> – <Time at={to} />
              </span>
            ),
          ],
        ]}
      />
      <Text>{t('resendAllEffect')}</Text>
      <Text>{t('resendAllPace')}</Text>
    </Confirm>
  );
};
