import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Identity } from '@rewards/service-kit';
import { EmptyBody } from '@rewards/service-kit/fields';
import { Answers, AnswersPage } from '@rewards/service-kit/open-api';
import { Caller, Context, type Reply, type RequestContext } from '@rewards/service-kit/request-context';
import { ClientNetwork } from '../client-network';
import type { Cause } from './account-messages';
import {
  AccountResponse,
  ErasedAccountResponse,
  ListedAccountResponse,
  toAccountResponse,
  toListedAccountResponse,
} from './accounts.responses';
import { ChangeRoles, EraseAccount, RegisterAccount } from './accounts.commands';
import { AccountsQuery, RegisterBody, RolesBody } from './accounts.requests';
import { ListAccounts } from './accounts.queries';

const causeOf = ({ requestId, traceparent }: RequestContext, { accountId, roles }: Identity): Cause => ({
  actor: { accountId, roles },
  correlationId: requestId,
  traceparent,
});

@Controller()
export class AccountsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('auth/register')
  @Answers(201, AccountResponse)
  async register(
    @Body() { email, password }: RegisterBody,
    @ClientNetwork() network: string,
    @Context() { requestId, traceparent }: RequestContext,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const cause = { correlationId: requestId, traceparent };
    const account = await this.commands.execute(new RegisterAccount(email, password, ['USER'], network, cause));
    void reply.header('location', '/auth/me');
    return { data: toAccountResponse(account) };
  }

  /** The identity is the account's own document, not the token. */
  @Get('auth/me')
  @Answers(200, AccountResponse)
  me(@Caller() caller: Identity) {
    return { data: toAccountResponse(caller) };
  }

  @Get('accounts')
  @AnswersPage(ListedAccountResponse)
  async list(@Query() { email, role, page, limit }: AccountsQuery) {
    const { accounts, total } = await this.queries.execute(new ListAccounts({ email, role }, page, limit));
    return { data: accounts.map(toListedAccountResponse), page: { page, limit, total } };
  }

  @Post('accounts/:accountId/roles')
  @HttpCode(200)
  @Answers(200, AccountResponse)
  async changeRoles(
    @Param('accountId') accountId: string,
    @Body() { roles }: RolesBody,
    @Caller() caller: Identity,
    @Context() context: RequestContext,
  ) {
    return { data: toAccountResponse(await this.commands.execute(new ChangeRoles(accountId, roles, causeOf(context, caller)))) };
  }

  @Post('accounts/:accountId/erase')
  @HttpCode(200)
  @Answers(200, ErasedAccountResponse)
  async erase(
    @Param('accountId') accountId: string,
    @Body() _body: EmptyBody,
    @Caller() caller: Identity,
    @Context() context: RequestContext,
  ) {
    await this.commands.execute(new EraseAccount(accountId, causeOf(context, caller)));
    return { data: { accountId } };
  }
}
