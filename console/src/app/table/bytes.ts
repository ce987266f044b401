import type { Language } from '../../shared/i18n/texts';

const UNITS = [
  ['gigabyte', 1e9],
  ['megabyte', 1e6],
  ['kilobyte', 1e3],
] as const;

/** Formats a number of bytes, such as 3.4 MB. */
export const formatBytes = (bytes: number, language: Language): string => {
  const [unit, size] = UNITS.find(([, each]) => bytes >= each) ?? (['byte', 1] as const);
  return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits: 1 }).format(bytes / size);
};
