import type { Aggregate, LoginEvent } from '@rewards/contracts';
import type { Decide } from './aggregate';
import { AppendOnlyMap } from './append-only-map';

/** The logins of one account in one month, by `loginId`. */
export interface LoginsState {
  readonly recorded: AppendOnlyMap<true>;
}

export const logins: Aggregate<LoginsState, LoginEvent> = {
  initial: { recorded: AppendOnlyMap.empty() },
  evolve: (state, event) => (event.type === 'LoggedIn' ? { recorded: state.recorded.with(event.data.loginId, true) } : state),
};

/** Records a login once, even if its message is redelivered. */
export const recordLogin =
  (login: LoginEvent['data']): Decide<LoginsState, LoginEvent> =>
  ({ recorded }) =>
    recorded.has(login.loginId) ? [] : [{ type: 'LoggedIn', data: login }];
