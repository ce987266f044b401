import { isEmail, normaliseEmail } from '@rewards/contracts';
import { field, REQUEST_ID_PATTERN, satisfies } from '@rewards/service-kit/fields';
import { Transform } from 'class-transformer';

const ID = new RegExp(REQUEST_ID_PATTERN);

export class FindPlayersQuery {
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @field(
    {
      type: 'string',
      description: 'An e-mail, accountId, claimId, requestId, loginId, deliveryId or traceId',
      example: 'mina@example.com',
    },
    {},
    satisfies(
      'isIdentifier',
      'must be an e-mail address, with "+" encoded as %2B, or an id: 1 to 100 of A-Z a-z 0-9 . _ -',
      (value) => typeof value === 'string' && (isEmail(normaliseEmail(value)) || ID.test(value)),
    ),
  )
  q: string;
}
