import type { Aggregate, AccountEvent } from '@rewards/contracts';
import type { Decide } from './aggregate';
import { AppendOnlyMap } from './append-only-map';

/** The recorded facts of one account, by the `messageId` of their message. */
export interface AccountFactsState {
  readonly recorded: AppendOnlyMap<true>;
}

export const accountFacts: Aggregate<AccountFactsState, AccountEvent> = {
  initial: { recorded: AppendOnlyMap.empty() },
  evolve: ({ recorded }, { data }) => ({ recorded: recorded.with(data.messageId, true) }),
};

/** Records a fact of auth-service once, even if its message is redelivered. */
export const recordAccountFact =
  (fact: AccountEvent): Decide<AccountFactsState, AccountEvent> =>
  ({ recorded }) =>
    recorded.has(fact.data.messageId) ? [] : [fact];
