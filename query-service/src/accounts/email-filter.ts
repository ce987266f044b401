import { applyDecorators } from '@nestjs/common';
import { isEmail, MAX_EMAIL_LENGTH, normaliseEmail } from '@rewards/contracts';
import { field, satisfies } from '@rewards/service-kit/fields';
import { Transform } from 'class-transformer';

/** Declares the filter `?email=`, normalised as in storage. Rejects an e-mail that no account can have, such as one with a raw `+`. */
export const EmailFilter = () =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? normaliseEmail(value) : value)),
    field(
      { type: 'string', format: 'email', maxLength: MAX_EMAIL_LENGTH },
      { optional: true },
      satisfies('isEmail', 'must be an e-mail address; encode "+" as %2B in a query', isEmail),
    ),
  );
