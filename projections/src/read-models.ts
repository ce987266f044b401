import { auditProjection } from './audit/audit.projection';
import { claimsProjection } from './claims/claims.projection';
import { deadLettersProjection } from './dead-letters/dead-letters.projection';
import { eventsProjection } from './events/events.projection';
import { participationsProjection } from './participations/participations.projection';
import type { AnyProjection } from './runner/projection';
import { statisticsProjection } from './statistics/statistics.projection';

/** Every read model that this service keeps. */
export const PROJECTIONS: readonly AnyProjection[] = [
  eventsProjection,
  participationsProjection,
  claimsProjection,
  auditProjection,
  statisticsProjection,
  deadLettersProjection,
];
