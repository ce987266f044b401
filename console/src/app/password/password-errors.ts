import { isPassword, MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from '@rewards/contracts/password';

export interface PasswordFields {
  readonly current: string;
  readonly new: string;
  readonly repeated: string;
}

export type PasswordField = keyof PasswordFields;
export const PASSWORD_FIELDS: readonly PasswordField[] = ['current', 'new', 'repeated'];
export type PasswordError = 'missing' | 'length' | 'same' | 'differs' | 'wrong';
export type PasswordErrors = Readonly<Partial<Record<PasswordField, PasswordError>>>;

export const PASSWORD_LENGTHS = { min: MIN_PASSWORD_LENGTH, max: MAX_PASSWORD_LENGTH } as const;

/** Returns what is wrong with each field; empty if the password can be changed. */
export const errorsIn = (fields: PasswordFields): PasswordErrors => ({
  ...(fields.current === '' && { current: 'missing' }),
  ...(!isPassword(fields.new) ? { new: 'length' } : fields.new === fields.current && { new: 'same' }),
  ...(fields.repeated !== fields.new && { repeated: 'differs' }),
});
