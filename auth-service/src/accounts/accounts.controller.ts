import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { parsePathId } from '@rewards/service-kit';
import { Call, OfCall } from '@rewards/service-kit/call';
import { EmptyBody } from '@rewards/service-kit/fields';
import { Answers, AnswersPage } from '@rewards/service-kit/open-api';
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

@Controller()
export class AccountsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('auth/register')
  @Answers(201, AccountResponse)
  async register(@Body() { email, password }: RegisterBody, @OfCall() call: Call) {
    const account = await this.commands.execute(new RegisterAccount(email, password, ['USER'], call.network, call.origin));
    call.location('/auth/me');
    return { data: toAccountResponse(account) };
  }

  /** Answers from the account's document, not from the token. */
  @Get('auth/me')
  @Answers(200, AccountResponse)
  me(@OfCall() { caller }: Call) {
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
  async changeRoles(@Param('accountId') accountId: string, @Body() { roles }: RolesBody, @OfCall() { cause }: Call) {
    const account = await this.commands.execute(new ChangeRoles(parsePathId(accountId), roles, cause));
    return { data: toAccountResponse(account) };
  }

  @Post('accounts/:accountId/erase')
  @HttpCode(200)
  @Answers(200, ErasedAccountResponse)
  async erase(@Param('accountId') accountId: string, @Body() _body: EmptyBody, @OfCall() { cause }: Call) {
    await this.commands.execute(new EraseAccount(parsePathId(accountId), cause));
    return { data: { accountId } };
  }
}
