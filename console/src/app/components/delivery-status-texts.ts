import { defineTexts } from '../../shared/i18n/texts';

/** The states of deliveries, and why one is parked. The keys are those of the API. */
export const deliveryStatusTexts = defineTexts('deliveryStatus', {
  en: {
    PENDING: 'Pending',
    DELIVERED: 'Delivered',
    PARKED: 'Parked',
    ABANDONED: 'Abandoned',
    ATTEMPTS_EXHAUSTED: 'All attempts failed',
    REJECTED: 'Rejected by the game',
    INVENTORY_FULL: 'Inventory is full',
  },
  ko: {
    PENDING: '지급 대기',
    DELIVERED: '지급 완료',
    PARKED: '지급 중단',
    ABANDONED: '지급 포기',
    ATTEMPTS_EXHAUSTED: '모든 시도 실패',
    REJECTED: '게임이 거절',
    INVENTORY_FULL: '인벤토리 가득 참',
  },
});
