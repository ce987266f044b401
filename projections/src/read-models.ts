import { claimsProjection } from './claims/claims.projection';
import { eventsProjection } from './events/events.projection';
import { participationsProjection } from './participations/participations.projection';
import type { AnyProjection } from './runner/projection';

/** Every read model that this service keeps. */
export const PROJECTIONS: readonly AnyProjection[] = [eventsProjection, participationsProjection, claimsProjection];
