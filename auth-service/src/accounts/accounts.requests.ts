import {
  EMAIL_PATTERN,
  isEmail,
  isPassword,
  isTextOfLength,
  MAX_EMAIL_LENGTH,
  MAX_PASSWORD_LENGTH,
  MIN_PASSWORD_LENGTH,
  normaliseEmail,
  ROLES,
  type Role,
} from '@rewards/contracts';
import { field, OneOf, PageQuery, satisfies, type FieldOptions } from '@rewards/service-kit/fields';
import { Transform } from 'class-transformer';

const lowerCased = Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? normaliseEmail(value) : value));

/** An e-mail address, which is trimmed and lower-cased before validation. */
const Email = (options: FieldOptions = {}) =>
  field(
    { type: 'string', maxLength: MAX_EMAIL_LENGTH, pattern: EMAIL_PATTERN, description: 'Trimmed and lower-cased.' },
    options,
    lowerCased,
    satisfies('isEmail', 'must be an e-mail address', isEmail),
  );

const NewPassword = () =>
  field(
    { type: 'string', minLength: MIN_PASSWORD_LENGTH, maxLength: MAX_PASSWORD_LENGTH },
    {},
    satisfies('isPassword', `must be ${MIN_PASSWORD_LENGTH} to ${MAX_PASSWORD_LENGTH} characters`, isPassword),
  );

/** A current password. A value below the minimum length is valid here and fails as a wrong password. */
const CurrentPassword = () =>
  field(
    { type: 'string', minLength: 1, maxLength: MAX_PASSWORD_LENGTH },
    {},
    satisfies('isCurrentPassword', `must be 1 to ${MAX_PASSWORD_LENGTH} characters`, (value) =>
      isTextOfLength(value, 1, MAX_PASSWORD_LENGTH),
    ),
  );

const isRoleSet = (value: unknown): value is Role[] =>
  Array.isArray(value) &&
  value.length >= 1 &&
  value.length <= ROLES.length &&
  new Set(value).size === value.length &&
  value.every((role) => ROLES.includes(role));

const RoleSet = () =>
  field(
    { type: 'array', items: { type: 'string', enum: [...ROLES] }, minItems: 1, maxItems: ROLES.length, uniqueItems: true },
    {},
    satisfies('isRoleSet', `must be a list of at least one of ${ROLES.join(', ')}, each once`, isRoleSet),
  );

export class RegisterBody {
  @Email()
  email: string;

  @NewPassword()
  password: string;
}

export class LogInBody {
  @Email()
  email: string;

  @CurrentPassword()
  password: string;
}

export class PasswordBody {
  @CurrentPassword()
  currentPassword: string;

  @NewPassword()
  newPassword: string;
}

export class RolesBody {
  @RoleSet()
  roles: Role[];
}

export class AccountsQuery extends PageQuery {
  @Email({ optional: true })
  email?: string;

  @OneOf(ROLES, { optional: true })
  role?: Role;
}
