import {
  ROTATION_MS,
  type Aggregate,
  type DeliveryEndpointEvent,
  type EndpointChange,
  type EndpointDetails,
  type EndpointState,
  type Position,
  type RewardType,
} from '@rewards/contracts';
import type { Decide } from './aggregate';
import { reject } from './rejected';
import { isSameValue } from './same-value';

/** One receiver of deliveries. */
export interface DeliveryEndpoint extends EndpointDetails {
  readonly endpointId: string;
  readonly state: EndpointState;
  /** Time since which it has this state. */
  readonly since: string;
  /** Why it is DISABLED; null otherwise. */
  readonly reason: string | null;
  /** Null if the kind is BUS. */
  readonly secretId: string | null;
  /** The secret that signs until a time, in addition to the current one; null without a rotation. */
  readonly previousSecret: { readonly secretId: string; readonly until: string } | null;
  /** Grants after this position are delivered, also older than the endpoint; null if only those after it was added are. */
  readonly from: Position | null;
}

/** The endpoints that exist, by id, in the order in which they were added. */
export type DeliveryEndpoints = ReadonlyMap<string, DeliveryEndpoint>;

type Evolve = Aggregate<DeliveryEndpoints, DeliveryEndpointEvent>['evolve'];

const evolve: Evolve = (endpoints, event) => {
  const { endpointId } = event.data;
  if (event.type === 'DeliveryEndpointAdded') {
    const { at, by: _by, from = null, secretId = null, ...details } = event.data;
    const added = { ...details, state: 'ACTIVE', since: at, reason: null, secretId, previousSecret: null, from } as const;
    return new Map(endpoints).set(endpointId, added);
  }
  const endpoint = endpoints.get(endpointId);
  if (!endpoint) return endpoints;
  if (event.type === 'DeliveryEndpointRemoved') return new Map([...endpoints].filter(([id]) => id !== endpointId));
  return new Map(endpoints).set(endpointId, evolveOne(endpoint, event));
};

type Change = Exclude<DeliveryEndpointEvent, { readonly type: 'DeliveryEndpointAdded' | 'DeliveryEndpointRemoved' }>;

const evolveOne = (endpoint: DeliveryEndpoint, event: Change): DeliveryEndpoint => {
  switch (event.type) {
    case 'DeliveryEndpointChanged': {
      const { at: _at, by: _by, rewardTypes, ...change } = event.data;
      const { rewardTypes: _types, ...rest } = endpoint;
      const types = rewardTypes === undefined ? endpoint.rewardTypes : rewardTypes;
      return { ...rest, ...change, ...(types && { rewardTypes: types }) };
    }
    case 'DeliveryEndpointPaused':
      return { ...endpoint, state: 'PAUSED', since: event.data.at, reason: null };
    case 'DeliveryEndpointResumed':
      return { ...endpoint, state: 'ACTIVE', since: event.data.at, reason: null };
    case 'DeliveryEndpointDisabled':
      return { ...endpoint, state: 'DISABLED', since: event.data.at, reason: event.data.reason };
    case 'DeliverySecretRotated': {
      const { secretId, until } = event.data;
      return {
        ...endpoint,
        secretId,
        previousSecret: endpoint.secretId === null ? null : { secretId: endpoint.secretId, until },
      };
    }
    default:
      event satisfies never;
      return endpoint;
  }
};

/** All endpoints, in one stream, so that optimistic versioning keeps two of them from accepting the same reward type. */
export const deliveryEndpoints: Aggregate<DeliveryEndpoints, DeliveryEndpointEvent> = { initial: new Map(), evolve };

/**
 * Returns the endpoint that accepts a reward type: the one that names it, or else the one that accepts every other type; null if
 * neither exists.
 */
export const endpointFor = (endpoints: DeliveryEndpoints, type: RewardType): DeliveryEndpoint | null => {
  let forOthers: DeliveryEndpoint | null = null;
  for (const endpoint of endpoints.values()) {
    if (!endpoint.rewardTypes) forOthers = endpoint;
    else if (endpoint.rewardTypes.includes(type)) return endpoint;
  }
  return forOthers;
};

type DecideEndpoints = Decide<DeliveryEndpoints, DeliveryEndpointEvent>;
type DataOf<Type extends DeliveryEndpointEvent['type']> = Extract<DeliveryEndpointEvent, { readonly type: Type }>['data'];

/** An endpoint as it was added. */
export type AddedEndpoint = DataOf<'DeliveryEndpointAdded'>;

/** Every endpoint as it was added, by id, including those that were changed or removed since. */
export const addedEndpoints: Aggregate<ReadonlyMap<string, AddedEndpoint>, DeliveryEndpointEvent> = {
  initial: new Map(),
  evolve: (added, event) =>
    event.type === 'DeliveryEndpointAdded' ? new Map(added).set(event.data.endpointId, event.data) : added,
};

/**
 * Adds an endpoint. A repeated request changes nothing, even if the endpoint was removed since.
 * @param earlier the endpoint that was added under this id before; undefined if there is none
 */
export const addEndpoint =
  (data: AddedEndpoint, earlier?: AddedEndpoint): DecideEndpoints =>
  (endpoints) => {
    if (earlier) return isSameValue(requestOf(earlier), requestOf(data)) ? [] : reject('REQUEST_ID_REUSED');
    if (endpoints.has(data.endpointId)) return [];
    rejectTakenTypes(endpoints, data);
    return [{ type: 'DeliveryEndpointAdded', data }];
  };

/** What an administrator requested: not when, nor the name of the secret. */
const requestOf = ({ at: _at, secretId: _secretId, ...request }: AddedEndpoint) => request;

/** Changes details of an endpoint. Records only those that differ. An endpoint of the bus has no url. */
export const changeEndpoint =
  ({ endpointId, by, at, ...change }: DataOf<'DeliveryEndpointChanged'>): DecideEndpoints =>
  (endpoints) => {
    const endpoint = existingEndpoint(endpoints, endpointId);
    if (endpoint.kind === 'BUS' && change.url !== undefined)
      reject('INVALID_FIELDS', { errors: [{ field: 'url', message: 'applies only to WEBHOOK' }] });
    const changed = Object.fromEntries(
      Object.entries(change).filter(
        ([field, value]) => value !== undefined && !isSameValue(value, endpoint[field as keyof EndpointChange] ?? null),
      ),
    ) as EndpointChange;
    if (Object.keys(changed).length === 0) return [];
    if (changed.rewardTypes !== undefined) rejectTakenTypes(endpoints, { endpointId, rewardTypes: changed.rewardTypes });
    return [{ type: 'DeliveryEndpointChanged', data: { endpointId, ...changed, by, at } }];
  };

/** Pauses an endpoint. Its deliveries stay pending. */
export const pauseEndpoint =
  (data: DataOf<'DeliveryEndpointPaused'>): DecideEndpoints =>
  (endpoints) => {
    const { state } = existingEndpoint(endpoints, data.endpointId);
    if (state === 'DISABLED') reject('ENDPOINT_STATE', { state });
    return state === 'PAUSED' ? [] : [{ type: 'DeliveryEndpointPaused', data }];
  };

/** Resumes an endpoint that is paused or disabled. */
export const resumeEndpoint =
  (data: DataOf<'DeliveryEndpointResumed'>): DecideEndpoints =>
  (endpoints) =>
    existingEndpoint(endpoints, data.endpointId).state === 'ACTIVE' ? [] : [{ type: 'DeliveryEndpointResumed', data }];

/**
 * Disables an endpoint whose receiver no longer exists.
 * @param attempted the endpoint as it was at the attempt: its answer says nothing about another URL, or about an endpoint that was
 *   resumed since
 */
export const disableEndpoint =
  (data: DataOf<'DeliveryEndpointDisabled'>, attempted: Pick<DeliveryEndpoint, 'url' | 'since'>): DecideEndpoints =>
  (endpoints) => {
    const endpoint = endpoints.get(data.endpointId);
    if (!endpoint || endpoint.state === 'DISABLED' || endpoint.url !== attempted.url) return [];
    const isResumed = endpoint.state === 'ACTIVE' && endpoint.since !== attempted.since;
    return isResumed ? [] : [{ type: 'DeliveryEndpointDisabled', data }];
  };

/** Removes an endpoint. Its open deliveries are then abandoned. */
export const removeEndpoint =
  (data: DataOf<'DeliveryEndpointRemoved'>): DecideEndpoints =>
  (endpoints) => {
    existingEndpoint(endpoints, data.endpointId);
    return [{ type: 'DeliveryEndpointRemoved', data }];
  };

/**
 * Replaces the secret of an endpoint. The previous one also signs for `ROTATION_MS`; until then, it cannot be rotated again. A
 * repeated request, with the same `secretId`, changes nothing.
 * @param isLost whether the current secret no longer exists, so that nothing is lost by another rotation
 */
export const rotateSecret =
  ({ isLost, ...data }: Omit<DataOf<'DeliverySecretRotated'>, 'until'> & { readonly isLost: boolean }): DecideEndpoints =>
  (endpoints) => {
    const { kind, state, secretId, previousSecret } = existingEndpoint(endpoints, data.endpointId);
    if (secretId === data.secretId) return [];
    if (previousSecret?.secretId === data.secretId) reject('REQUEST_ID_REUSED');
    if (kind === 'BUS') reject('ENDPOINT_STATE', { state });
    if (!isLost && previousSecret && previousSecret.until > data.at) reject('ROTATION_RUNNING', { until: previousSecret.until });
    const until = new Date(Date.parse(data.at) + ROTATION_MS).toISOString();
    return [{ type: 'DeliverySecretRotated', data: { ...data, until } }];
  };

/** Returns an endpoint that exists. @throws Rejected NO_SUCH_ENDPOINT */
export const existingEndpoint = (endpoints: DeliveryEndpoints, endpointId: string): DeliveryEndpoint =>
  endpoints.get(endpointId) ?? reject('NO_SUCH_ENDPOINT');

const rejectTakenTypes = (
  endpoints: DeliveryEndpoints,
  { endpointId, rewardTypes }: { readonly endpointId: string; readonly rewardTypes?: readonly RewardType[] | null },
): void => {
  for (const other of endpoints.values()) {
    if (other.endpointId === endpointId) continue;
    if (!rewardTypes && !other.rewardTypes) reject('TYPE_TAKEN', { rewardType: null, endpointId: other.endpointId });
    const taken = rewardTypes?.find((type) => other.rewardTypes?.includes(type));
    if (taken) reject('TYPE_TAKEN', { rewardType: taken, endpointId: other.endpointId });
  }
};
