import { defineTexts } from '../../shared/i18n/texts';

export const tableTexts = defineTexts('table', {
  en: {
    columns: 'Columns',
    empty: 'Nothing here.',
    loading: 'Loading …',
    rows_one: '{{count}} row',
    rows_other: '{{count}} rows',
    loadedSoFar_one: '{{count}} row so far; scroll for more',
    loadedSoFar_other: '{{count}} rows so far; scroll for more',
    sortedLoaded: 'Sorted among the rows loaded so far.',
    hint: 'Click a cell and drag to select',
    selectedHint: 'Ctrl+C copies with headers',
    copied_one: '{{count}} row copied',
    copied_other: '{{count}} rows copied',
  },
  ko: {
    columns: '열',
    empty: '표시할 내용이 없습니다.',
    loading: '불러오는 중 …',
    rows_other: '{{count}}행',
    loadedSoFar_other: '{{count}}행까지 불러옴, 스크롤하면 더 표시',
    sortedLoaded: '지금까지 불러온 행 안에서 정렬했습니다.',
    hint: '셀을 클릭하고 끌어서 선택',
    selectedHint: 'Ctrl+C를 누르면 머리글과 함께 복사',
    copied_other: '{{count}}행을 복사했습니다',
  },
});
