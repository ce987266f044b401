import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '@rewards/contracts';
import type { ActiveAccount } from './account';

export class AccountResponse {
  @ApiProperty({ format: 'uuid' })
  accountId: string;

  @ApiProperty()
  email: string;

  @ApiProperty({ enum: ROLES, isArray: true })
  roles: readonly Role[];
}

export class ListedAccountResponse extends AccountResponse {
  @ApiProperty({ format: 'date-time' })
  registeredAt: string;
}

export class ErasedAccountResponse {
  @ApiProperty({ format: 'uuid' })
  accountId: string;
}

export const toAccountResponse = ({ accountId, email, roles }: AccountResponse): AccountResponse => ({ accountId, email, roles });

export const toListedAccountResponse = (account: ActiveAccount): ListedAccountResponse => ({
  ...toAccountResponse(account),
  registeredAt: account.registeredAt,
});
