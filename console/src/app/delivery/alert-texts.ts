import { defineTexts } from '../../shared/i18n/texts';

export const alertTexts = defineTexts('deliveryAlert', {
  en: {
    title: 'Deliveries need attention',
    unknown: 'Whether deliveries need attention cannot be loaded.',
    PAUSED: 'paused since',
    DISABLED: 'disabled since',
    parked_one: '{{shown}} delivery is parked',
    parked_other: '{{shown}} deliveries are parked',
    pending: 'the oldest pending delivery has waited {{duration}}',
    seconds: '{{shown}} s',
    minutes: '{{shown}} min',
    hours: '{{shown}} h',
  },
  ko: {
    title: '확인이 필요한 지급이 있습니다',
    unknown: '지급 상태를 불러올 수 없습니다.',
    PAUSED: '일시 중지됨, 시작:',
    DISABLED: '비활성화됨, 시작:',
    parked_other: '중단된 지급 {{shown}}건',
    pending: '가장 오래된 대기 {{duration}} 경과',
    seconds: '{{shown}}초',
    minutes: '{{shown}}분',
    hours: '{{shown}}시간',
  },
});
