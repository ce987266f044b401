import { DELIVERY_STATUSES } from '@rewards/contracts/delivery';
import { bodyOf } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { EventPicker } from '../claims/event-picker';
import { PlayerInput } from '../claims/player-input';
import { deliveryStatusTexts } from '../components/delivery-status-texts';
import { Empty } from '../components/empty';
import { useNamedEvent } from '../components/names';
import { api } from '../session';
import { DataTable } from '../table/data-table';
import { ExportButton } from '../table/export-button';
import { ClearFilters, RangeFilter, SelectFilter } from '../table/filters';
import { PAGE_LIMIT, useRows } from '../table/use-rows';
import { InEventZone } from '../time/zone-mode';
import { useChangeSearch, useSearchState } from '../url-state';
import { useDeliveryColumns } from './columns';
import { DELIVERY_FILTERS, deliveryFilterOf } from './delivery-filter';
import { DeliveryPanel } from './delivery-panel';
import { readPasted } from './pasted';
import { useEndpoints } from './queries';
import { ResendParked } from './resend-parked';
import { deliveryTexts } from './texts';

const REFRESH_MS = 10_000;

/** Every granted reward on its way to the game. */
export const DeliveryList = () => {
  const t = useTexts(deliveryTexts);
  const search = useSearchState();
  const change = useChangeSearch();
  const filter = deliveryFilterOf(search);
  const event = useNamedEvent(filter.eventId);
  const { data: endpoints = [] } = useEndpoints();
  const columns = useDeliveryColumns(endpoints);
  const isFiltered = DELIVERY_FILTERS.some((name) => filter[name] !== undefined);
  const list = useRows(
    ['deliveries', filter],
    (cursor, signal) =>
      bodyOf(
        api.GET('/deliveries', {
          params: { query: { ...filter, limit: PAGE_LIMIT, ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ),
    { refetchInterval: REFRESH_MS },
  );
  const paste = async (text: string): Promise<void> => {
    const target = await readPasted(text);
    if (target) change(target);
  };
  return (
    <InEventZone zone={event?.timeZone}>
      <DataTable
        label={t('deliveries')}
        columns={columns}
        list={list}
        keyOf={({ deliveryId }) => deliveryId}
        onOpen={({ deliveryId }) => change({ delivery: deliveryId })}
        onPaste={(text) => void paste(text)}
        empty={isFiltered ? <Empty title={t('empty')}>{t('emptyHelp')}</Empty> : <Empty title={t('none')}>{t('noneHelp')}</Empty>}
        toolbar={
          <>
            <Filters />
            <ClearFilters names={DELIVERY_FILTERS} />
            <ExportButton path="/deliveries/export" query={filter} fileName="deliveries.csv" />
            <ResendParked filter={filter} endpoints={endpoints} />
          </>
        }
      />
      {search.delivery !== undefined && (
        <DeliveryPanel
          key={search.delivery}
          deliveryId={search.delivery}
          endpoints={endpoints}
          onClose={() => change({ delivery: undefined })}
        />
      )}
    </InEventZone>
  );
};

const Filters = () => {
  const t = useTexts(deliveryTexts);
  const tStatus = useTexts(deliveryStatusTexts);
  const { endpointId } = useSearchState();
  const { data: endpoints = [] } = useEndpoints();
  const options = endpoints.map(({ id, name }) => ({ value: id, label: name }));
  const isKnown = endpointId === undefined || options.some(({ value }) => value === endpointId);
  return (
    <>
      <SelectFilter
        name="status"
        label={t('status')}
        width={130}
        options={DELIVERY_STATUSES.map((value) => ({ value, label: tStatus(value) }))}
      />
      <SelectFilter
        name="endpointId"
        label={t('endpoint')}
        width={180}
        options={isKnown ? options : [...options, { value: endpointId, label: endpointId }]}
      />
      <PlayerInput />
      <EventPicker width={190} />
      <RangeFilter from="from" to="to" label={t('time')} />
    </>
  );
};
