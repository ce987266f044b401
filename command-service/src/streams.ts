import type { AccountEvent, DeadLetterEvent, LoginEvent, ParticipationEvent, RewardEventEvent } from '@rewards/contracts';
import type { AccountFactsState, DeadLetterState, LoginsState, ParticipationState, RewardEventState } from '@rewards/domain';
import type { StreamHandler } from '@rewards/event-store';

/** Tokens under which the composition provides the engines, and the command loop of each kind of stream. */
export const EVENT_STORE = Symbol('EVENT_STORE');
export const MESSAGE_BUS = Symbol('MESSAGE_BUS');

/** `rewardEvent-{eventId}` */
export type RewardEventStreams = StreamHandler<RewardEventState, RewardEventEvent>;
export const REWARD_EVENT_STREAMS = Symbol('REWARD_EVENT_STREAMS');

/** `participation-{eventId}-{accountId}` */
export type ParticipationStreams = StreamHandler<ParticipationState, ParticipationEvent>;
export const PARTICIPATION_STREAMS = Symbol('PARTICIPATION_STREAMS');

/** `login-{accountId}-{yyyy-mm}` */
export type LoginStreams = StreamHandler<LoginsState, LoginEvent>;
export const LOGIN_STREAMS = Symbol('LOGIN_STREAMS');

/** `account-{accountId}` */
export type AccountStreams = StreamHandler<AccountFactsState, AccountEvent>;
export const ACCOUNT_STREAMS = Symbol('ACCOUNT_STREAMS');

/** `deadLetter-{deadLetterId}` */
export type DeadLetterStreams = StreamHandler<DeadLetterState, DeadLetterEvent>;
export const DEAD_LETTER_STREAMS = Symbol('DEAD_LETTER_STREAMS');
