import type { ReadModelName } from '@rewards/contracts';
import { auditProjection } from './audit/audit.projection';
import { claimsProjection } from './claims/claims.projection';
import { deadLettersProjection } from './dead-letters/dead-letters.projection';
import { deliveriesProjection } from './deliveries/deliveries.projection';
import { eventsProjection } from './events/events.projection';
import { participationsProjection } from './participations/participations.projection';
import type { AnyProjection } from './runner/projection';
import { statisticsProjection } from './statistics/statistics.projection';

/** The projection of each read model. A missing one does not compile. */
const BY_NAME = {
  events: eventsProjection,
  participations: participationsProjection,
  claims: claimsProjection,
  audit: auditProjection,
  statistics: statisticsProjection,
  deadLetters: deadLettersProjection,
  deliveries: deliveriesProjection,
} satisfies { readonly [Name in ReadModelName]: { readonly name: Name } };

/** The projections of all read models. */
export const PROJECTIONS: readonly AnyProjection[] = Object.values(BY_NAME);
