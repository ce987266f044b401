import { Tabs } from '@mantine/core';
import { useTexts } from '../../shared/i18n/texts';
import { Page } from '../components/page';
import { useChangeSearch, useSearchState } from '../url-state';
import { DeliveryList } from './delivery-list';
import { EndpointList } from './endpoint-list';
import { deliveryTexts } from './texts';

const TABS = ['deliveries', 'endpoints'] as const;

/** Whether granted rewards reach the game, and the endpoints that they are delivered to. */
export const Deliveries = () => {
  const t = useTexts(deliveryTexts);
  const search = useSearchState();
  const change = useChangeSearch();
  const tab = TABS.find((each) => each === search.tab) ?? 'deliveries';
  const show = (next: string | null): void => {
    const cleared = Object.fromEntries(Object.keys(search).map((name) => [name, undefined]));
    change({ ...cleared, tz: search.tz, tab: next === 'endpoints' ? next : undefined });
  };
  return (
    <Page title={t('title')} fills>
      <Tabs value={tab} onChange={show}>
        <Tabs.List aria-label={t('title')}>
          {TABS.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {t(each)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      {tab === 'deliveries' ? <DeliveryList /> : <EndpointList />}
    </Page>
  );
};
