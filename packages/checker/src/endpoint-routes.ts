import {
  START,
  type DeliveryEndpointEvent,
  type DeliveryEvent,
  type Position,
  type RecordedOf,
  type RewardType,
} from '@rewards/contracts';
import type { Findings } from './findings';

/** The types that an endpoint names; null if it accepts all types that no other endpoint names. */
type Accepted = readonly RewardType[] | null;

interface Version {
  readonly position: Position;
  /** The endpoints that exist, by id. */
  readonly accepted: ReadonlyMap<string, Accepted>;
}

/** An endpoint that delivers grants from before its addition. */
export interface LookingBack {
  readonly endpointId: string;
  /** The grants between these two positions. */
  readonly from: Position;
  readonly addedAt: Position;
  /** Position up to which its earlier deliveries are recorded. */
  upTo: Position;
}

/** Which endpoint accepted a reward type at any position of the log, folded independently of the domain. */
export class EndpointRoutes {
  private readonly versions: Version[] = [];
  /** All endpoints, also those that were removed. */
  readonly endpointIds = new Set<string>();
  readonly lookingBack = new Map<string, LookingBack>();
  /** False after a domain event that cannot be read. Deliveries cannot be checked then. */
  isReadable = true;

  /** Whether no endpoint was ever added. */
  get isEmpty(): boolean {
    return this.versions.length === 0;
  }

  /** Processes the next domain event of the endpoints. */
  add({ type, data, stream, revision, position }: RecordedOf<DeliveryEndpointEvent>, findings: Findings): void {
    const { endpointId } = data;
    const accepted = new Map(this.versions.at(-1)?.accepted);
    if (type === 'DeliveryEndpointRemoved') accepted.delete(endpointId);
    else if (type === 'DeliveryEndpointAdded') accepted.set(endpointId, data.rewardTypes ?? null);
    else if (type === 'DeliveryEndpointChanged' && data.rewardTypes !== undefined) accepted.set(endpointId, data.rewardTypes);
    else return;
    this.versions.push({ position, accepted });
    this.endpointIds.add(endpointId);
    if (type === 'DeliveryEndpointAdded' && data.from !== undefined && data.from < position)
      this.lookingBack.set(endpointId, { endpointId, from: data.from, addedAt: position, upTo: START });
    if (type === 'DeliveryEndpointRemoved') return;
    const own = accepted.get(endpointId) ?? null;
    for (const [otherId, other] of accepted) {
      if (otherId === endpointId) continue;
      const shared = own && other ? own.find((one) => other.includes(one)) : own === other && 'every other type';
      if (shared) findings.add('ENDPOINTS_OVERLAP', stream, revision, `${shared} is also accepted by the endpoint ${otherId}`);
    }
  }

  /** Notes how far the earlier deliveries of an endpoint are recorded. */
  listed({ data }: RecordedOf<Extract<DeliveryEvent, { readonly type: 'EarlierDeliveriesAdded' }>>): void {
    const endpoint = this.lookingBack.get(data.endpointId);
    if (endpoint) endpoint.upTo = data.upTo;
  }

  /** Returns the endpoint that accepted a type just before a position; null if there was none. */
  at(position: Position, type: RewardType): string | null {
    return routeIn(
      this.versions.findLast((version) => version.position < position),
      type,
    );
  }

  /** Returns whether an endpoint that delivers earlier grants accepted a type when it was added. */
  accepted({ endpointId, addedAt }: LookingBack, type: RewardType): boolean {
    return (
      routeIn(
        this.versions.find(({ position }) => position === addedAt),
        type,
      ) === endpointId
    );
  }
}

const routeIn = (version: Version | undefined, type: RewardType): string | null => {
  let others: string | null = null;
  for (const [endpointId, types] of version?.accepted ?? []) {
    if (types?.includes(type)) return endpointId;
    if (types === null) others = endpointId;
  }
  return others;
};
