import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { useEventZone, useZoneMode } from '../time/zone-mode';
import { formatTime, zoneFor } from '../time/zones';
import { statusTexts } from './event-status-texts';
import { formatCount } from './number';
import { explainRejection } from './rejection';
import { rejectionTexts } from './rejection-texts';

const isStatus = (state: string): state is keyof typeof statusTexts.en => Object.hasOwn(statusTexts.en, state);

/** Returns the function that says in a sentence why a request was rejected. @param zone of the event */
export const useRejection = (zone?: string): ((code: string, data: Readonly<Record<string, unknown>>) => string) => {
  const t = useTexts(rejectionTexts);
  const tCode = useTexts(codeTexts);
  const tStatus = useTexts(statusTexts);
  const language = useLanguage();
  const surrounding = useEventZone();
  const shown = zoneFor(useZoneMode(), zone ?? surrounding);
  return (code, data) => {
    const explained = explainRejection(code, data, {
      count: (value) => formatCount(value, language),
      time: (at) => formatTime(at, shown),
      state: (state) => (isStatus(state) ? tStatus(state) : state),
    });
    return explained ? t(explained.key, explained.values) : tCode(codeKey(code));
  };
};
