import { defineTexts } from '../../shared/i18n/texts';

/** The states of a reward event. */
export const statusTexts = defineTexts('eventStatus', {
  en: {
    DRAFT: 'Draft',
    SCHEDULED: 'Scheduled',
    ACTIVE: 'Active',
    PAUSED: 'Paused',
    ENDED: 'Ended',
    CLOSED: 'Closed',
    DELETED: 'Deleted',
  },
  ko: {
    DRAFT: '초안',
    SCHEDULED: '예정',
    ACTIVE: '진행 중',
    PAUSED: '일시 중지',
    ENDED: '종료',
    CLOSED: '수령 마감',
    DELETED: '삭제됨',
  },
});
