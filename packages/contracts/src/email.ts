/** Longest e-mail in characters: what fits the path of RFC 5321, 4.5.3.1.3. */
export const MAX_EMAIL_LENGTH = 254;

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';

/**
 * What a valid e-mail is to the HTML standard (https://html.spec.whatwg.org/#valid-e-mail-address), the local part at most 64.
 * ASCII alone, because an e-mail travels in the header `x-user-email`; international domains are written in Punycode.
 */
export const EMAIL_PATTERN = `^[A-Za-z0-9.!#$%&'*+/=?^_\`{|}~-]{1,64}@${LABEL}(?:\\.${LABEL})*$`;

const EMAIL = new RegExp(EMAIL_PATTERN);

/** An e-mail as it is checked, stored, answered and filtered by: trimmed and in lower case. */
export const normaliseEmail = (text: string): string => text.trim().toLowerCase();

/** Whether a normalised e-mail may be stored. */
export const isEmail = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_EMAIL_LENGTH && EMAIL.test(value);
