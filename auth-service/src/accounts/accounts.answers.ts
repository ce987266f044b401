import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '@rewards/contracts';
import type { ActiveAccount } from './account';

export class AccountAnswer {
  @ApiProperty({ format: 'uuid' })
  accountId: string;

  @ApiProperty()
  email: string;

  @ApiProperty({ enum: ROLES, isArray: true })
  roles: readonly Role[];
}

export class ListedAccountAnswer extends AccountAnswer {
  @ApiProperty({ format: 'date-time' })
  registeredAt: string;
}

export class ErasedAnswer {
  @ApiProperty({ format: 'uuid' })
  accountId: string;
}

export const toAnswer = ({ accountId, email, roles }: AccountAnswer): AccountAnswer => ({ accountId, email, roles });

export const toListedAnswer = (account: ActiveAccount): ListedAccountAnswer => ({
  ...toAnswer(account),
  registeredAt: account.registeredAt,
});
