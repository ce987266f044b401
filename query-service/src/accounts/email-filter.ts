import { applyDecorators } from '@nestjs/common';
import { isEmail, MAX_EMAIL_LENGTH, normaliseEmail } from '@rewards/contracts';
import { field, satisfies } from '@rewards/service-kit/fields';
import { Transform } from 'class-transformer';

/** `?email=`: normalised as it is stored. One that no account can have is refused: it is a mistake, such as a raw `+`. */
export const EmailFilter = () =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? normaliseEmail(value) : value)),
    field(
      { type: 'string', format: 'email', maxLength: MAX_EMAIL_LENGTH },
      { optional: true },
      satisfies('isEmail', 'must be an e-mail address; in a query "+" is written %2B', isEmail),
    ),
  );
