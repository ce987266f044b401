import { defineTexts } from '../../shared/i18n/texts';

export const nameTexts = defineTexts('names', {
  en: { noEmail: '{{id}} (no e-mail)' },
  ko: { noEmail: '{{id}} (이메일 없음)' },
});
