import { isEmail, normaliseEmail } from '@rewards/contracts';
import { field, satisfies } from '@rewards/service-kit/fields';
import { isRecordedRequestId } from '@rewards/service-kit/resources/claim.responses';
import { Transform } from 'class-transformer';

export class FindPlayersQuery {
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.normalize('NFC').trim() : value))
  @field(
    {
      type: 'string',
      description: 'An e-mail, accountId, claimId, requestId, loginId, deliveryId or traceId',
      example: 'mina@example.com',
    },
    {},
    satisfies(
      'isIdentifier',
      'must be an e-mail address, with "+" encoded as %2B, or an id: 1 to 100 of A-Z a-z 0-9 . _ -, or auto:{milestone}:{reward name}',
      (value) => typeof value === 'string' && (isEmail(normaliseEmail(value)) || isRecordedRequestId(value)),
    ),
  )
  q: string;
}
