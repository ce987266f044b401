import { DELIVERY_STATUSES } from '@rewards/contracts/delivery';
import { useQueries } from '@tanstack/react-query';
import { bodyOf } from '../../shared/api/client';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { DeliveryStatus } from '../components/delivery-status';
import { ErrorPanel } from '../components/error-panel';
import { formatCount } from '../components/number';
import { Section } from '../components/page';
import { PageLink } from '../components/page-link';
import { api } from '../session';
import { PAGE_LIMIT } from '../table/use-rows';
import { CountTable } from './count-table';
import { eventTexts } from './texts';

const REFRESH_MS = 20_000;

/** How many deliveries of an event have each status, counted up to a page of each, and where they are listed. */
const useCounts = (eventId: string, isLive: boolean) =>
  useQueries({
    queries: DELIVERY_STATUSES.map((status) => ({
      queryKey: ['deliveries', 'counts', eventId, status],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const query = { eventId, status, limit: PAGE_LIMIT };
        const { data, page } = await bodyOf(api.GET('/deliveries', { params: { query }, signal }));
        return { status, count: data.length, isMore: page.next !== null };
      },
      refetchInterval: isLive ? REFRESH_MS : (false as const),
    })),
    combine: (results) => ({
      counts: results.every(({ data }) => data) ? results.flatMap(({ data }) => data ?? []) : null,
      error: results.find(({ error }) => error)?.error ?? null,
      retry: () => results.forEach(({ refetch }) => void refetch()),
    }),
  });

/** Whether the granted rewards of an event have reached the game. It shows nothing for an event without deliveries. */
export const EventDeliveries = ({ eventId, isLive }: { eventId: string; isLive: boolean }) => {
  const t = useTexts(eventTexts);
  const language = useLanguage();
  const { counts, error, retry } = useCounts(eventId, isLive);
  if (!counts && !error) return null;
  if (counts?.every(({ count }) => count === 0)) return null;
  return (
    <Section title={t('deliveries')}>
      {!counts ? (
        <ErrorPanel error={error} onRetry={retry} />
      ) : (
        <CountTable
          label={t('deliveries')}
          heading={t('state')}
          rows={counts.map(({ status, count, isMore }) => ({
            key: status,
            name: <DeliveryStatus status={status} />,
            count: (
              <PageLink to="/deliveries" search={{ eventId, status }}>
                {isMore ? t('moreThan', { shown: formatCount(count, language) }) : formatCount(count, language)}
              </PageLink>
            ),
          }))}
          note={t('deliveriesNote')}
        />
      )}
    </Section>
  );
};
