import { Button } from '@mantine/core';
import { useMemo } from 'react';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { ApiProblem } from '../../shared/api/problem';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { formatCount } from '../components/number';
import { summaryOf, type Column } from './column';
import type { Rows } from './rows';
import type { boundsOf } from './selection';
import { tableTexts } from './texts';
import classes from './data-table.module.css';

/** Cells beyond which a selection is not added up. */
const MAX_SUMMED = 1_000_000;

interface TableFooterProps<Row> {
  readonly list: Rows<Row>;
  readonly shown: readonly Column<Row>[];
  /** The rows in their order. */
  readonly rows: readonly Row[];
  readonly bounds: ReturnType<typeof boundsOf> | null;
  readonly isSortedHere: boolean;
  readonly opens: boolean;
}

/** Below a list: how many rows it has, and what the selected cells add up to. */
export const TableFooter = <Row,>({ list, shown, rows, bounds, isSortedHere, opens }: TableFooterProps<Row>) => {
  const t = useTexts(tableTexts);
  const tCode = useTexts(codeTexts);
  const language = useLanguage();
  const format = (value: number): string => formatCount(value, language);
  const { top = 0, bottom = -1, left = 0, right = -1 } = bounds ?? {};
  const [height, width] = [bottom - top + 1, right - left + 1];
  const summary = useMemo(
    () =>
      height * width > 1 && height * width <= MAX_SUMMED
        ? summaryOf(shown.slice(left, right + 1), rows.slice(top, bottom + 1))
        : null,
    [shown, rows, height, width, top, bottom, left, right],
  );
  const count = list.rows.length;
  const amount = (): string => {
    if (list.isLoading && count === 0) return t('loading');
    if (!list.hasMore) return t('rows', { count, shown: format(count) });
    return list.total === undefined
      ? t('loadedSoFar', { count, shown: format(count) })
      : t('loadedOf', { shown: format(count), total: format(list.total) });
  };
  return (
    <footer className={classes.footer}>
      <span>{amount()}</span>
      {isSortedHere && list.hasMore && <span>{t('sortedLoaded')}</span>}
      {Boolean(list.error) && count > 0 && (
        <span role="alert" className={classes.failure}>
          {t('notAllLoaded')} {tCode(codeKey(list.error instanceof ApiProblem ? list.error.code : 'other'))}
          <Button variant="default" size="compact-xs" onClick={list.retry}>
            {t('retry')}
          </Button>
        </span>
      )}
      {height * width > 1 && <span>{t('selected', { rows: format(height), columns: format(width) })}</span>}
      {summary && (
        <>
          <span>{t('sum', { value: format(summary.sum) })}</span>
          <span>{t('average', { value: format(summary.average) })}</span>
        </>
      )}
      <span className={classes.hint}>{bounds ? t('selectedHint') : opens ? t('hintOpen') : t('hint')}</span>
    </footer>
  );
};
