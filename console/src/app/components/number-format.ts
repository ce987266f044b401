import type { Language } from '../../shared/i18n/texts';

const formats = new Map<string, Intl.NumberFormat>();

const formatOf = (language: Language, options?: Intl.NumberFormatOptions): Intl.NumberFormat => {
  const key = `${language} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.NumberFormat(language, options);
  formats.set(key, format);
  return format;
};

/** Formats a number with the separators of a language, such as 12,345. */
export const formatCount = (count: number, language: Language): string => formatOf(language).format(count);

/** Formats a ratio as a percentage, such as 12.5%. */
export const formatPercent = (ratio: number, language: Language): string =>
  formatOf(language, { style: 'percent', maximumFractionDigits: 1 }).format(ratio);

/** Formats a change as a percentage with its sign, such as +12%. */
export const formatChange = (ratio: number, language: Language): string =>
  formatOf(language, { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' }).format(ratio);
