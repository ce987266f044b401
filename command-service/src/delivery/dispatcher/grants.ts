import type { ParticipationEvent, RecordedEvent, Upcast } from '@rewards/contracts';
import type { Grant } from '@rewards/service-kit/deliveries';

/**
 * Returns the grant that a domain event is; null if it creates no delivery. The only place that decides which types do: a further kind
 * of grants is another member of `Grant`, and the delivery and the message of that kind.
 */
export const grantOf = (recorded: RecordedEvent, upcast: Upcast): Grant | null =>
  recorded.type === 'RewardClaimed' ? upcast<Extract<ParticipationEvent, { readonly type: 'RewardClaimed' }>>(recorded) : null;
