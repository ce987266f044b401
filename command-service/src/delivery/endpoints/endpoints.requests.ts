import {
  DEFAULT_PER_SECOND,
  DEFAULT_TIMEOUT_MS,
  ENDPOINT_KINDS,
  isToken,
  MAX_PER_SECOND,
  MAX_TIMEOUT_MS,
  MIN_TIMEOUT_MS,
  REWARD_TYPES,
  type EndpointChange,
  type EndpointDetails,
  type EndpointKind,
  type Position,
  type RewardType,
} from '@rewards/contracts';
import { reject } from '@rewards/domain';
import type { EventStore } from '@rewards/event-store';
import { field, Integer, Name, OneOf, RequestId, satisfies, type FieldOptions } from '@rewards/service-kit/fields';
import { placeInLog } from '@rewards/service-kit/place-in-log';

const MAX_URL = 2_048;

const Url = (options: FieldOptions) =>
  field(
    { type: 'string', minLength: 1, maxLength: MAX_URL, example: 'https://game.example.com/rewards' },
    options,
    satisfies(
      'isText',
      `must be a URL of at most ${MAX_URL} characters`,
      (value) => typeof value === 'string' && value !== '' && value.length <= MAX_URL,
    ),
  );

const RewardTypes = () =>
  field(
    {
      type: 'string',
      isArray: true,
      enum: [...REWARD_TYPES],
      minItems: 1,
      uniqueItems: true,
      description: 'null: every type that no other endpoint names',
    },
    { optional: true, nullable: true },
    satisfies(
      'isTypeList',
      `must be null, or a list of different types of ${REWARD_TYPES.join(', ')}, at least one`,
      (value) =>
        Array.isArray(value) &&
        value.length > 0 &&
        new Set(value).size === value.length &&
        value.every((type) => (REWARD_TYPES as readonly unknown[]).includes(type)),
    ),
  );

const NOW = 'now';

const From = () =>
  field(
    {
      type: 'string',
      default: NOW,
      description:
        'Grants after this position of the log are delivered too, if no endpoint accepted them; `now`: only grants after the endpoint was added',
    },
    { optional: true },
    satisfies(
      'isFrom',
      'must be "now", or a position of the log',
      (value) => value === NOW || (typeof value === 'string' && isToken(value)),
    ),
  );

export class AddEndpointBody {
  @Name()
  name: string;

  @OneOf(ENDPOINT_KINDS)
  kind: EndpointKind;

  @Url({ optional: true, nullable: true })
  url?: string | null;

  @RewardTypes()
  rewardTypes?: RewardType[] | null;

  @Integer(1, MAX_PER_SECOND, { optional: true })
  maxPerSecond?: number;

  @Integer(MIN_TIMEOUT_MS, MAX_TIMEOUT_MS, { optional: true })
  timeoutMs?: number;

  @From()
  from?: string;

  @RequestId({ optional: true })
  requestId?: string;
}

export class ChangeEndpointBody {
  @Name({ optional: true })
  name?: string;

  @Url({ optional: true })
  url?: string;

  @RewardTypes()
  rewardTypes?: RewardType[] | null;

  @Integer(1, MAX_PER_SECOND, { optional: true })
  maxPerSecond?: number;

  @Integer(MIN_TIMEOUT_MS, MAX_TIMEOUT_MS, { optional: true })
  timeoutMs?: number;
}

export class RotateSecretBody {
  @RequestId({ optional: true })
  requestId?: string;
}

/** An endpoint as requested, with defaults filled in. */
export type RequestedEndpoint = EndpointDetails & { readonly from?: Position };

/**
 * Maps the body to an endpoint.
 * @throws Rejected INVALID_FIELDS if the kind does not allow or lacks a url, or the log has no event at `from`; EventStoreUnavailable
 */
export const toEndpoint = async (
  {
    name,
    kind,
    url,
    rewardTypes,
    maxPerSecond = DEFAULT_PER_SECOND,
    timeoutMs = DEFAULT_TIMEOUT_MS,
    from = NOW,
  }: AddEndpointBody,
  store: Pick<EventStore, 'eventIdAt' | 'head'>,
): Promise<RequestedEndpoint> => {
  if (kind === 'WEBHOOK' && url == null) rejectUrl('is required for WEBHOOK');
  if (kind === 'BUS' && url != null) rejectUrl('applies only to WEBHOOK');
  return {
    name,
    kind,
    ...(url != null && { url }),
    ...(rewardTypes && { rewardTypes: inOrder(rewardTypes) }),
    maxPerSecond,
    timeoutMs,
    ...(from !== NOW && { from: await placeInLog(store, from, 'from') }),
  };
};

/** Maps the body to the details that change. */
export const toEndpointChange = ({ rewardTypes, ...change }: ChangeEndpointBody): EndpointChange => ({
  ...change,
  ...(rewardTypes !== undefined && { rewardTypes: rewardTypes && inOrder(rewardTypes) }),
});

/** In one order, so that a request with the same types is the same request. */
const inOrder = (types: readonly RewardType[]): readonly RewardType[] => REWARD_TYPES.filter((type) => types.includes(type));

const rejectUrl = (message: string) => reject('INVALID_FIELDS', { errors: [{ field: 'url', message }] });
