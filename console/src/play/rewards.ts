import { ApiProblem } from '../shared/api/problem';
import { bodyOf, createApi, dataOf, type Schemas } from '../shared/api/client';
import type { ClaimWish } from '../shared/player/event-card';
import { Session } from '../shared/session/session';
import { RequestIds } from './request-ids';
import { retrying } from './retry';

export type ListedEvent = Schemas['ListedEventResponse'];
export type Participation = Schemas['ProgressResponse'];
export type OwnClaim = Schemas['OwnClaimResponse'];

export const session = new Session('/play/session');
const api = createApi(session);

/** Login of this page, which reads of progress wait for. */
let loginId: string | undefined;

/** Logs in: the login that events count. @throws ApiProblem */
export const logIn = async (email: string, password: string): Promise<void> => {
  const login = await session.signIn(email, password);
  loginId = typeof login.loginId === 'string' ? login.loginId : undefined;
};

/** Creates an account, and logs in with it. @throws ApiProblem */
export const register = async (email: string, password: string): Promise<void> => {
  await dataOf(api.POST('/auth/register', { body: { email, password } }));
  await logIn(email, password);
};

/** Logs out. After a failure the player stays logged in, and can try again. */
export const logOut = async (): Promise<void> => {
  try {
    await session.signOut();
    loginId = undefined;
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
  }
};

/** Whether this page has logged in, rather than continued an earlier session: only a login counts for events. */
export const hasLoggedIn = (): boolean => loginId !== undefined;

/** In the order of the list. */
const SHOWN = ['ACTIVE', 'PAUSED', 'SCHEDULED', 'ENDED'] as const;

/** Reads the events that matter to players: open, soon to open, and ended ones whose rewards can still be claimed. */
export const readEvents = async (signal: AbortSignal): Promise<readonly ListedEvent[]> => {
  const lists = SHOWN.map((status) =>
    retrying(() => dataOf(api.GET('/events', { params: { query: { status, limit: 100, sort: 'endsAt' } }, signal })), signal),
  );
  return (await Promise.all(lists)).flat();
};

export const readEvent = (eventId: string, signal: AbortSignal): Promise<Schemas['RewardEventResponse']> =>
  retrying(() => dataOf(api.GET('/events/{eventId}', { params: { path: { eventId } }, signal })), signal);

/** Reads the newest participations: one for each event, and in an event with cycles one for each cycle. */
export const readParticipations = (signal: AbortSignal): Promise<readonly Participation[]> =>
  retrying(() => dataOf(api.GET('/participations', { params: { query: { limit: 100, ...afterLogin() } }, signal })), signal);

/** Reads the progress with the login of this page included. @param cycle null: the current one */
export const readProgress = (
  eventId: string,
  cycle: string | null,
  signal: AbortSignal,
): Promise<Schemas['OwnProgressResponse']> => {
  const query = { ...(cycle !== null && { cycle }), ...afterLogin() };
  return retrying(() => dataOf(api.GET('/events/{eventId}/progress', { params: { path: { eventId }, query }, signal })), signal);
};

const afterLogin = () => (loginId === undefined ? {} : { afterLogin: loginId });

/** Completes a milestone. Repeating it is harmless: the answer is the same. */
export const complete = (eventId: string, milestone: number, cycle: string | null): Promise<Schemas['CompletionResponse']> => {
  const body = { milestone, ...(cycle !== null && { cycle }) };
  return retrying(() => dataOf(api.POST('/events/{eventId}/completion', { params: { path: { eventId } }, body })));
};

const accountId = (): string | null => {
  const state = session.current();
  return state.status === 'signed-in' ? state.identity.accountId : null;
};

const requestIds = new RequestIds();

/** Claims a part of a reward, or all that is left of it. @param cycle the one that the player saw; null in an event without cycles */
export const claim = (
  eventId: string,
  { milestone, rewardName, amount }: ClaimWish,
  cycle: string | null,
): Promise<Schemas['GrantedClaimResponse']> => {
  const wish = {
    milestone,
    rewardName,
    ...(cycle !== null && { cycle }),
    ...(amount === 'all' ? { all: true as const } : { amount }),
  };
  return requestIds.send({ accountId: accountId(), eventId, ...wish }, (requestId) => {
    const body = { requestId, ...wish };
    return retrying(() => dataOf(api.POST('/events/{eventId}/claims', { params: { path: { eventId } }, body })));
  });
};

/** Reads granted claims, newest first. @param cursor of the page before */
export const readClaims = async (
  cursor: string | null,
  signal: AbortSignal,
): Promise<{ readonly claims: readonly OwnClaim[]; readonly next: string | null }> => {
  const query = { limit: 50, ...(cursor !== null && { cursor }) };
  const { data, page } = await retrying(() => bodyOf(api.GET('/claims/mine', { params: { query }, signal })), signal);
  return { claims: data, next: page.next };
};

/** Reads the names of the newest events, by id. */
export const readEventNames = async (signal: AbortSignal): Promise<ReadonlyMap<string, string>> => {
  const events = await retrying(() => dataOf(api.GET('/events', { params: { query: { limit: 100 } }, signal })), signal);
  return new Map(events.map(({ eventId, name }) => [eventId, name]));
};
