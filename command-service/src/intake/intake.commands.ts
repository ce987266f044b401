import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { streams, type AccountEvent, type LoginEvent } from '@rewards/contracts';
import { recordAccountFact, recordLogin } from '@rewards/domain';
import type { CommandMetadata } from '@rewards/event-store';
import { MetadataCommand } from '../commands';
import { ACCOUNT_STREAMS, LOGIN_STREAMS, type AccountStreams, type LoginStreams } from '../streams';

/** Records a login that auth-service granted. */
export class RecordLogin extends MetadataCommand<void> {
  readonly name = 'RecordLogin';

  constructor(
    readonly login: LoginEvent['data'],
    readonly metadata: CommandMetadata,
  ) {
    super();
  }
}

@CommandHandler(RecordLogin)
export class RecordLoginHandler implements ICommandHandler<RecordLogin> {
  constructor(@Inject(LOGIN_STREAMS) private readonly logins: LoginStreams) {}

  async execute({ login, metadata }: RecordLogin): Promise<void> {
    await this.logins.handle(streams.login(login.accountId, login.at), recordLogin(login), metadata);
  }
}

/** Records a fact of an account: registered, roles changed, erased. */
export class RecordAccountFact extends MetadataCommand<void> {
  readonly name = 'RecordAccountFact';

  constructor(
    readonly fact: AccountEvent,
    readonly metadata: CommandMetadata,
  ) {
    super();
  }
}

@CommandHandler(RecordAccountFact)
export class RecordAccountFactHandler implements ICommandHandler<RecordAccountFact> {
  constructor(@Inject(ACCOUNT_STREAMS) private readonly accounts: AccountStreams) {}

  async execute({ fact, metadata }: RecordAccountFact): Promise<void> {
    await this.accounts.handle(streams.account(fact.data.accountId), recordAccountFact(fact), metadata);
  }
}
