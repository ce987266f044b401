import { useMemo } from 'react';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { formatCount } from '../components/number';
import type { Fact } from '../event/changes';
import { commandTexts, factTexts, isCommandKey, isFactKey, isMemberKey, memberTexts } from './fact-texts';
import { summaryOf, type SummaryWords } from './fact-words';

/** Returns what names and summarises domain events in the current language. */
export const useFactWords = () => {
  const language = useLanguage();
  const tFact = useTexts(factTexts);
  const tCommand = useTexts(commandTexts);
  const tMember = useTexts(memberTexts);
  const tCode = useTexts(codeTexts);
  return useMemo(() => {
    const words: SummaryWords = {
      count: (value) => formatCount(value, language),
      code: (code) => tCode(codeKey(code)),
      command: (command) => (isCommandKey(command) ? tCommand(command) : command),
      member: (name) => (isMemberKey(name) ? tMember(name) : name),
    };
    return {
      ...words,
      type: (type: string): string => (isFactKey(type) ? tFact(type) : type),
      summary: ({ type, data }: Pick<Fact, 'type' | 'data'>): string => summaryOf(type, data, words),
    };
    // The functions of useTexts change with the language.
  }, [language]);
};
