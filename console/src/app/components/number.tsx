import { useLanguage } from '../../shared/i18n/texts';
import { formatCount } from './number-format';

export { formatChange, formatCount, formatPercent } from './number-format';

/** A number with separators and digits of one width; a dash if there is none. */
export const Count = ({ value }: { readonly value: number | null | undefined }) => {
  const language = useLanguage();
  if (value === null || value === undefined) return <span aria-hidden>–</span>;
  return <span className="numeric">{formatCount(value, language)}</span>;
};
