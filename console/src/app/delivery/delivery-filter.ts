import type { paths } from '../../shared/api/schema';
import { filtersIn, type Search } from '../url-state';

type Query = NonNullable<paths['/deliveries']['get']['parameters']['query']>;
export type DeliveryFilter = Omit<Query, 'limit' | 'cursor'>;

/** The filters of the list, as the URL names them. */
export const DELIVERY_FILTERS = [
  'status',
  'endpointId',
  'email',
  'accountId',
  'eventId',
  'from',
  'to',
] as const satisfies readonly (keyof DeliveryFilter)[];

/** Reads the filters of the URL. */
export const deliveryFilterOf = (search: Search): DeliveryFilter => filtersIn(search, DELIVERY_FILTERS);

/** What "Resend all parked" sends again: the parked deliveries of an endpoint, or of all, in a span of time. */
export type ParkedSelection = Pick<DeliveryFilter, 'endpointId' | 'from' | 'to'>;

/**
 * Returns the selection for "Resend all parked"; null if the list shows something else than such a selection, because it is filtered by
 * a player, an event or another state.
 */
export const parkedSelectionOf = ({
  status,
  endpointId,
  email,
  accountId,
  eventId,
  from,
  to,
}: DeliveryFilter): ParkedSelection | null =>
  (status !== undefined && status !== 'PARKED') || email !== undefined || accountId !== undefined || eventId !== undefined
    ? null
    : { ...(endpointId !== undefined && { endpointId }), ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
