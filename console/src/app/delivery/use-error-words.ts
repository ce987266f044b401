import { useTexts } from '../../shared/i18n/texts';
import { errorTexts } from './error-texts';
import { explainError } from './errors';

/** Returns the function that says in the current language why an attempt failed. */
export const useErrorWords = (): ((error: string) => string) => {
  const t = useTexts(errorTexts);
  return (error) => {
    const known = explainError(error);
    return known ? t(known.key, { status: known.status }) : error;
  };
};
