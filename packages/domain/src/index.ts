export * from './account.decider';
export * from './aggregate';
export * from './dead-letter.decider';
export * from './delivery-endpoints.decider';
export * from './delivery.decider';
export {
  dayOf,
  exclusionOf,
  isKnownZone,
  isTimeZone,
  progressOf,
  startOfDay,
  UnknownTimeZone,
  type ConditionKind,
  type CountedLogin,
} from './conditions';
export * from './cycles';
export * from './login.decider';
export * from './participation.decider';
export * from './rejected';
export * from './reward-event.decider';
export type { RequestedDetails } from './reward-event-details';
export * from './reward-events';
export * from './terms';
