import { defineTexts } from '../../shared/i18n/texts';

export const componentTexts = defineTexts('components', {
  en: {
    traceId: 'Trace ID',
    retry: 'Try again',
    copy: 'Copy',
    copied: 'Copied',
    cancel: 'Cancel',
    close: 'Close',
    typeToConfirm: 'Type {{word}} to confirm',
  },
  ko: {
    traceId: '추적 ID',
    retry: '다시 시도',
    copy: '복사',
    copied: '복사됨',
    cancel: '취소',
    close: '닫기',
    typeToConfirm: '확인하려면 {{word}}을(를) 입력하세요',
  },
});
