import { currentLanguage, useLanguage } from '../../shared/i18n/texts';

const formats = new Map<string, Intl.NumberFormat>();

const formatOf = (name: string, options: Intl.NumberFormatOptions): Intl.NumberFormat => {
  const key = `${currentLanguage()} ${name}`;
  const known = formats.get(key) ?? new Intl.NumberFormat(currentLanguage(), options);
  formats.set(key, known);
  return known;
};

/** Formats a number with separators for thousands, in the current language. */
export const formatCount = (value: number): string => formatOf('count', { maximumFractionDigits: 1 }).format(value);

/** Formats a part of a whole as a percentage; `–` if the whole is nothing. */
export const formatShare = (part: number, whole: number): string =>
  whole === 0 ? '–' : formatOf('share', { style: 'percent', maximumFractionDigits: 1 }).format(part / whole);

/** Formats a number of bytes, such as 3.4 MB. */
export const formatBytes = (bytes: number): string => {
  const [unit, size] = UNITS.find(([, each]) => bytes >= each) ?? SMALLEST;
  return formatOf(unit, { style: 'unit', unit, maximumFractionDigits: unit === 'byte' ? 0 : 1 }).format(bytes / size);
};

const SMALLEST = ['byte', 1] as const;
const UNITS = [['gigabyte', 1e9], ['megabyte', 1e6], ['kilobyte', 1e3], SMALLEST] as const;

/** A number, with digits of one width. */
export const Count = ({ value }: { value: number | null | undefined }) => {
  useLanguage();
  return <span className="numeric">{value === null || value === undefined ? '–' : formatCount(value)}</span>;
};
