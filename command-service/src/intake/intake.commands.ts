import { streams, type AccountEvent, type LoginEvent } from '@rewards/contracts';
import { accountFacts, logins, recordAccountFact, recordLogin } from '@rewards/domain';
import type { CommandMetadata } from '@rewards/event-store';
import { StreamCommand } from '../stream-command';

/** Records a login that auth-service granted. */
export const recordLoginCommand = (login: LoginEvent['data'], metadata: CommandMetadata) =>
  new StreamCommand({
    name: 'RecordLogin',
    aggregate: logins,
    stream: streams.login(login.accountId, login.at),
    decide: recordLogin(login),
    metadata,
    priority: 'background',
  });

/** Records a fact about an account: its registration, a change of its roles, or its erasure. */
export const recordAccountFactCommand = (fact: AccountEvent, metadata: CommandMetadata) =>
  new StreamCommand({
    name: 'RecordAccountFact',
    aggregate: accountFacts,
    stream: streams.account(fact.data.accountId),
    decide: recordAccountFact(fact),
    metadata,
    priority: 'background',
  });
