import type { Schemas } from '../../shared/api/client';

export type Endpoint = Schemas['DeliveryEndpointResponse'];

/** A delivery that is pending for longer than this needs attention. */
const MAX_PENDING_MS = 300_000;

/** What needs attention at an endpoint. */
export type Trouble =
  | { readonly kind: 'state'; readonly state: 'PAUSED' | 'DISABLED'; readonly since: string; readonly reason: string | null }
  | { readonly kind: 'parked'; readonly count: number }
  | { readonly kind: 'pending'; readonly waitsMs: number };

/** Returns what needs attention at an endpoint, the most urgent first. @param now milliseconds since 1970 */
export const troublesOf = ({ state, since, reason, parked, oldestPendingAt }: Endpoint, now: number): readonly Trouble[] => {
  const waitsMs = oldestPendingAt === null ? 0 : now - Date.parse(oldestPendingAt);
  return [
    ...(state === 'ACTIVE' ? [] : [{ kind: 'state', state, since, reason } as const]),
    ...(parked > 0 ? [{ kind: 'parked', count: parked } as const] : []),
    ...(waitsMs > MAX_PENDING_MS ? [{ kind: 'pending', waitsMs } as const] : []),
  ];
};

/** Returns the endpoints that need attention, with what is wrong at each. */
export const troubledOf = (endpoints: readonly Endpoint[], now: number) =>
  endpoints.map((endpoint) => ({ endpoint, troubles: troublesOf(endpoint, now) })).filter(({ troubles }) => troubles.length > 0);
