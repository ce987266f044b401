import { randomUUID } from 'node:crypto';
import { REWARD, SMALLEST_CLAIM, type Ids, type Pair } from '../world/generate-log';
import type { LoadRequest } from './requests';
import type { TokenIssuer } from './token-issuer';

/** @returns a claim of a player, of the smallest amount and with a new request id by default */
export const claimRequest = (
  tokens: Pick<TokenIssuer, 'headersOf'>,
  ids: Ids,
  [player, event, milestone]: Pair,
  claim: { readonly requestId?: string; readonly rewardName?: string; readonly amount?: number } = {},
): LoadRequest => ({
  method: 'POST',
  path: `/events/${ids.event(event)}/claims`,
  headers: tokens.headersOf(ids.account(player)),
  body: JSON.stringify({ requestId: randomUUID(), rewardName: REWARD.name, amount: SMALLEST_CLAIM, milestone, ...claim }),
});

/** @returns a random number from 0 to below the bound */
export const anyOf = (bound: number): number => Math.floor(Math.random() * bound);
