import type { Values } from '../../shared/i18n/texts';
import { rejectionTexts, type RejectionKey } from './rejection-texts';

/** How figures and times become text in the current language and zone. */
export interface Wording {
  readonly count: (value: number) => string;
  readonly time: (at: string) => string;
  readonly state: (state: string) => string;
}

/** The sentence that explains a rejection: the key of its text, and the values to fill in. */
export interface Explanation {
  readonly key: RejectionKey;
  readonly values: Values;
}

const TIMES = ['claimsUntil', 'startsAt'];

const worded = (name: string, value: unknown, { count, time, state }: Wording): string | number | undefined => {
  if (typeof value === 'number') return count(value);
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value !== 'string') return undefined;
  return name === 'state' ? state(value) : TIMES.includes(name) ? time(value) : value;
};

const keyOf = (code: string, figures: Readonly<Record<string, unknown>>): RejectionKey | null => {
  if (code === 'INSUFFICIENT_REMAINING' && figures.requested === 'all') return 'NOTHING_REMAINING';
  if (code === 'WRONG_STATE' && Array.isArray(figures.fields)) return 'WRONG_STATE_FIELDS';
  return Object.hasOwn(rejectionTexts.en, code) ? (code as RejectionKey) : null;
};

const fieldsOf = (errors: unknown): string[] | undefined =>
  Array.isArray(errors) ? errors.map((error: { readonly field?: unknown }) => String(error.field)) : undefined;

const NEEDED = /\{\{(\w+)\}\}/g;

/**
 * Explains a recorded rejection.
 * @param data of the domain event: the request, and the figures of the rejection in `details`
 * @returns null if the code has no sentence, or the domain event lacks a figure of it
 */
export const explainRejection = (code: string, data: Readonly<Record<string, unknown>>, wording: Wording): Explanation | null => {
  const details = (data.details ?? {}) as Readonly<Record<string, unknown>>;
  const invalid = fieldsOf(details.errors);
  const figures = { ...data, ...details, ...(invalid && { fields: invalid }) };
  const key = keyOf(code, figures);
  if (key === null) return null;
  const values: Record<string, string | number> = {};
  for (const [, name = ''] of rejectionTexts.en[key].matchAll(NEEDED)) {
    const value = worded(name, (figures as Readonly<Record<string, unknown>>)[name], wording);
    if (value === undefined) return null;
    values[name] = value;
  }
  return { key, values };
};
