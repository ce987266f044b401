import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { dataOf, type Schemas } from '../../shared/api/client';
import { api } from '../session';

export type Endpoint = Schemas['DeliveryEndpointResponse'];
export type Delivery = Schemas['DeliveryResponse'];
export type DeliveryWithHistory = Schemas['DeliveryWithHistoryResponse'];
export type Step = Schemas['DeliveryStepResponse'];

const REFRESH_MS = 10_000;

/** The endpoints with their states and open deliveries. */
export const endpointsQuery = queryOptions({
  queryKey: ['delivery-endpoints'],
  queryFn: ({ signal }) => dataOf(api.GET('/delivery-endpoints', { signal })),
  refetchInterval: REFRESH_MS,
});

export const useEndpoints = () => useQuery(endpointsQuery);

/** Loads one delivery with its history, and again while something can happen to it. */
export const useDelivery = (deliveryId: string) =>
  useQuery({
    queryKey: ['deliveries', 'one', deliveryId],
    queryFn: ({ signal }) => dataOf(api.GET('/deliveries/{deliveryId}', { params: { path: { deliveryId } }, signal })),
    refetchInterval: ({ state }) => (state.data?.status === 'PENDING' ? REFRESH_MS / 5 : REFRESH_MS),
  });

/** Returns the function that loads everything again that shows deliveries. */
export const useRefresh = (): (() => Promise<unknown>) => {
  const queries = useQueryClient();
  return () =>
    Promise.all(
      [['deliveries'], ['delivery-endpoints'], ['claims'], ['players'], ['events']].map((queryKey) =>
        queries.invalidateQueries({ queryKey }),
      ),
    );
};
