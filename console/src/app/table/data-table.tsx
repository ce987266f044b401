import { VisuallyHidden } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type ClipboardEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from 'react';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Empty } from '../components/empty';
import { ErrorPanel } from '../components/error-panel';
import { formatCount } from '../components/number';
import { firstCell, gridTemplate, sortedRows, toSpreadsheet, totalWidth, type Column } from './column';
import { ColumnsMenu } from './columns-menu';
import { all, at, boundsOf, located, moved, type KeyedSelection, type Selection } from './selection';
import type { Rows } from './rows';
import { TableFooter } from './table-footer';
import { TableHeader } from './table-header';
import { cellId, ROW_HEIGHT, TableRow } from './table-row';
import { tableTexts } from './texts';
import { useColumns } from './use-columns';
import { cellOf, useDragSelection } from './use-drag-selection';
import { followTab, revealCell, useKeptPlace } from './viewport';
import classes from './data-table.module.css';

/** Rows from the end at which the next page is loaded. */
const LOAD_AHEAD = 30;
const HEADER_HEIGHT = 31;

interface DataTableProps<Row> {
  /** What the list contains, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly list: Rows<Row>;
  readonly keyOf: (row: Row) => string;
  /** Called for Enter, a double click and a tap. */
  readonly onOpen?: (row: Row) => void;
  /** Called with pasted text, the first cell of several, for example to filter by it. */
  readonly onPaste?: (text: string) => void;
  /** Columns that the server sorts by. Others sort only the rows that are loaded. */
  readonly sortedByServer?: readonly string[];
  readonly empty?: ReactNode;
  /** Filters and actions above the list. */
  readonly toolbar?: ReactNode;
  /** Distinguishes several tables of one page in the URL. */
  readonly name?: string;
  /** Whether the list is as high as its rows, for short lists on a page with other content. */
  readonly fits?: boolean;
}

/** The list of the console, with the powers of a spreadsheet: select, copy, paste, sort, choose columns, keyboard. */
export const DataTable = <Row,>(props: DataTableProps<Row>) => {
  const { label, columns, list, keyOf, onOpen, onPaste, sortedByServer = [], empty, toolbar, name = '', fits = false } = props;
  const t = useTexts(tableTexts);
  const language = useLanguage();
  const id = useId();
  const viewport = useRef<HTMLDivElement>(null);
  const headings = useRef<HTMLDivElement>(null);
  const [announcement, setAnnouncement] = useState('');
  const columnState = useColumns(columns, name);
  const { shown, sort } = columnState;

  const sortColumn = sort && !sortedByServer.includes(sort.id) ? columns.find((column) => column.id === sort.id) : undefined;
  const rows = useMemo(
    () => (sortColumn ? sortedRows(list.rows, sortColumn, sort?.isDescending ?? false) : list.rows),
    [list.rows, sortColumn, sort?.isDescending],
  );
  const keyAt = (index: number): string => keyOf(rows[index] as Row);

  const [selected, setSelected] = useState<KeyedSelection | null>(null);
  const selection = useMemo(
    () => selected && located(selected, rows.length, (index) => keyOf(rows[index] as Row)),
    [selected, rows, keyOf],
  );
  const select = (next: Selection): void =>
    setSelected({ ...next, anchorKey: keyAt(next.anchor.row), headKey: keyAt(next.head.row) });
  const bounds = selection && boundsOf(selection);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const { hasMore, isLoading, error, loadMore, isOutdated = false } = list;
  useEffect(() => {
    if (hasMore && !isLoading && !isOutdated && !error && last >= rows.length - LOAD_AHEAD) loadMore();
  }, [hasMore, isLoading, isOutdated, error, loadMore, last, rows.length]);
  useKeptPlace(viewport, rows, keyOf, isOutdated);
  useLayoutEffect(() => followTab(viewport.current));

  const onMouseDown = useDragSelection({ viewport, headings }, rows.length, (cell, isExtending) =>
    select(isExtending && selection ? { anchor: selection.anchor, head: cell } : at(cell)),
  );
  const rowOf = (target: EventTarget): Row | undefined => rows[cellOf(target)?.row ?? -1];
  const open = (event: MouseEvent): void => {
    const row = rowOf(event.target);
    if (row !== undefined && !(event.target as Element).closest('a, button, input')) onOpen?.(row);
  };
  const onTap = (event: MouseEvent): void => {
    if ((event.nativeEvent as PointerEvent).pointerType === 'touch') open(event);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const isFar = event.ctrlKey || event.metaKey;
    if (event.altKey || rows.length === 0) return;
    if (isFar && event.key.toLowerCase() === 'a') {
      event.preventDefault();
      return select(all({ rows: rows.length, columns: shown.length, page: 0 }));
    }
    // Enter and Escape on a button or link belong to it.
    const isOnGrid = event.target === event.currentTarget;
    if (event.key === 'Escape' && selection) {
      event.currentTarget.focus();
      return setSelected(null);
    }
    if (event.key === 'Enter' && isOnGrid && selection) {
      event.preventDefault();
      const cell = document.getElementById(cellId(id, selection.head.row, selection.head.column));
      return onOpen ? onOpen(rows[selection.head.row] as Row) : cell?.querySelector<HTMLElement>('a, button')?.click();
    }
    const page = Math.max(1, Math.floor((event.currentTarget.clientHeight - HEADER_HEIGHT) / ROW_HEIGHT) - 1);
    const next = moved(
      selection,
      { key: event.key, isExtending: event.shiftKey, isFar },
      { rows: rows.length, columns: shown.length, page },
    );
    if (!next) return;
    event.preventDefault();
    event.currentTarget.focus();
    select(next);
    revealCell(event.currentTarget, headings.current, next.head);
  };

  const onCopy = (event: ClipboardEvent): void => {
    if (!bounds || window.getSelection()?.toString()) return;
    const copied = rows.slice(bounds.top, bounds.bottom + 1);
    event.clipboardData.setData('text/plain', toSpreadsheet(shown.slice(bounds.left, bounds.right + 1), copied));
    event.preventDefault();
    setAnnouncement(t('copied', { count: copied.length, shown: formatCount(copied.length, language) }));
  };
  const onPasted = (event: ClipboardEvent): void => {
    const text = firstCell(event.clipboardData.getData('text/plain'));
    if (!onPaste || !text) return;
    event.preventDefault();
    onPaste(text);
  };
  const onSort = (column: string): void => {
    viewport.current?.scrollTo({ top: 0 });
    columnState.toggleSort(column);
  };

  const template = gridTemplate(shown);
  const minWidth = totalWidth(shown);
  const head = selection?.head;
  const isHeadDrawn = head && items.some(({ index }) => index === head.row);
  const isBlank = rows.length === 0;
  const rowCount = list.total ?? (hasMore ? null : rows.length);

  return (
    <div className={classes.frame} data-fits={fits || undefined}>
      <div className={classes.toolbar}>
        <div className={classes.filters}>{toolbar}</div>
        <ColumnsMenu columns={columns} state={columnState} />
      </div>

      <div className={classes.place} data-blank={isBlank || undefined}>
        <div
          ref={viewport}
          className={classes.viewport}
          role="grid"
          tabIndex={0}
          aria-label={label}
          aria-rowcount={rowCount === null ? -1 : rowCount + 1}
          aria-colcount={shown.length}
          aria-multiselectable
          aria-activedescendant={isHeadDrawn ? cellId(id, head.row, head.column) : undefined}
          aria-busy={isLoading || isOutdated}
          data-outdated={isOutdated || undefined}
          onKeyDown={onKeyDown}
          onCopy={onCopy}
          onPaste={onPasted}
        >
          <TableHeader ref={headings} state={columnState} style={{ gridTemplateColumns: template, minWidth }} onSort={onSort} />
          <div
            className={classes.body}
            role="rowgroup"
            style={{ height: virtualizer.getTotalSize(), minWidth }}
            onMouseDown={onMouseDown}
            onDoubleClick={open}
            onClick={onTap}
          >
            {items.map(({ index }) => {
              const row = rows[index];
              const isSelected = bounds && index >= bounds.top && index <= bounds.bottom;
              return row === undefined ? null : (
                <TableRow
                  key={keyOf(row)}
                  table={id}
                  columns={shown}
                  row={row}
                  index={index}
                  template={template}
                  from={isSelected ? bounds.left : -1}
                  to={isSelected ? bounds.right : -1}
                  head={head?.row === index ? head.column : -1}
                />
              );
            })}
          </div>
        </div>
        {isBlank && (
          <div className={classes.overlay}>
            {error ? (
              <ErrorPanel error={error} onRetry={list.retry} />
            ) : isLoading ? (
              <div className={classes.skeleton} aria-hidden />
            ) : (
              (empty ?? <Empty title={t('empty')} />)
            )}
          </div>
        )}
      </div>

      <TableFooter
        list={list}
        shown={shown}
        rows={rows}
        bounds={bounds}
        isSortedHere={sortColumn !== undefined}
        opens={onOpen !== undefined}
      />
      <VisuallyHidden role="status">{announcement}</VisuallyHidden>
    </div>
  );
};
