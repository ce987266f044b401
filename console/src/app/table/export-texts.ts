import { defineTexts } from '../../shared/i18n/texts';

export const exportTexts = defineTexts('export', {
  en: {
    export: 'Export',
    running: 'Cancel export ({{size}})',
    toDisk:
      'Saves exactly the rows that the filters select. You choose the file; it is written while the rows arrive, whatever its size.',
    toMemory:
      'Downloads exactly the rows that the filters select. This browser keeps them in memory until the end; Chrome and Edge write them to the file at once.',
    done: '{{file}} is complete: {{size}}.',
    failed: 'The export failed. No file was kept, because it would not be complete.',
  },
  ko: {
    export: '내보내기',
    running: '내보내기 취소 ({{size}})',
    toDisk: '필터로 선택된 행만 그대로 저장합니다. 저장할 파일을 고르면 받는 대로 바로 기록하므로 용량 제한이 없습니다.',
    toMemory:
      '필터로 선택된 행만 그대로 내려받습니다. 이 브라우저는 끝날 때까지 메모리에 보관합니다. Chrome과 Edge에서는 파일에 바로 기록합니다.',
    done: '{{file}} 저장이 끝났습니다. 크기: {{size}}',
    failed: '내보내지 못했습니다. 일부만 담긴 파일은 남기지 않았습니다.',
  },
});
