/** Maximum length of an e-mail in characters: the limit of a path in RFC 5321, 4.5.3.1.3. */
export const MAX_EMAIL_LENGTH = 254;

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';

/**
 * A valid e-mail of the HTML standard (https://html.spec.whatwg.org/#valid-e-mail-address) with a local part of at most 64
 * characters. Only ASCII, because the header `x-user-email` carries the e-mail; write international domains in Punycode.
 */
export const EMAIL_PATTERN = `^[A-Za-z0-9.!#$%&'*+/=?^_\`{|}~-]{1,64}@${LABEL}(?:\\.${LABEL})*$`;

const EMAIL = new RegExp(EMAIL_PATTERN);

/** Normalises an e-mail for validation, storage, responses and filters: trimmed and in lower case. */
export const normaliseEmail = (text: string): string => text.trim().toLowerCase();

/** Whether a normalised e-mail is valid. */
export const isEmail = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_EMAIL_LENGTH && EMAIL.test(value);
