export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 128;

/** Whether a value is text without lone surrogates whose length is within the limits, in code points after NFC. */
export const isTextOfLength = (value: unknown, minimum: number, maximum: number): value is string => {
  if (typeof value !== 'string' || /\p{Cs}/u.test(value)) return false;
  const { length } = [...value.normalize('NFC')];
  return length >= minimum && length <= maximum;
};

/** Whether a value is a valid password: 8 to 128 characters of any script. */
export const isPassword = (value: unknown): value is string => isTextOfLength(value, MIN_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH);
