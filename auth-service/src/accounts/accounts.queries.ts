import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActiveAccount } from './account';
import { AccountStore, type AccountFilter } from './account.store';

export interface AccountPage {
  readonly accounts: readonly ActiveAccount[];
  readonly total: number;
}

export class ListAccounts extends Query<AccountPage> {
  constructor(
    readonly filter: AccountFilter,
    /** From 1. */
    readonly page: number,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListAccounts)
export class ListAccountsHandler implements IQueryHandler<ListAccounts> {
  constructor(private readonly accounts: AccountStore) {}

  async execute({ filter, page, limit }: ListAccounts): Promise<AccountPage> {
    const [accounts, total] = await Promise.all([
      this.accounts.list(filter, limit, (page - 1) * limit),
      this.accounts.count(filter),
    ]);
    return { accounts, total };
  }
}
