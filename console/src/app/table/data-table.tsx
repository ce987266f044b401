import { Button, Checkbox, Menu, Text, VisuallyHidden } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconColumns3 } from '@tabler/icons-react';
import { getCoreRowModel, getSortedRowModel, useReactTable, type ColumnDef } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
  type ClipboardEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { ErrorPanel } from '../components/error-panel';
import { Empty } from '../components/empty';
import { useUrlState } from '../url-state';
import { compareValues, toSpreadsheet, type Column } from './column';
import { all, at, boundsOf, contains, moved, type Selection } from './selection';
import { tableTexts } from './texts';
import classes from './data-table.module.css';

const ROW_HEIGHT = 32;
/** Rows from the end at which the next page is loaded. */
const LOAD_AHEAD = 30;

/** A list that is loaded page by page; `useRows` creates it. */
export interface Rows<Row> {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: unknown;
  readonly loadMore: () => void;
  readonly retry: () => void;
}

interface DataTableProps<Row> {
  /** What the list contains, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly list: Rows<Row>;
  readonly keyOf: (row: Row) => string;
  /** Called for Enter and a double click. */
  readonly onOpen?: (row: Row) => void;
  /** Called with pasted text, for example to filter by it. */
  readonly onPaste?: (text: string) => void;
  /** Columns that the server sorts by. Others sort only the rows that are loaded. */
  readonly sortedByServer?: readonly string[];
  readonly empty?: ReactNode;
  /** Filters and actions above the list. */
  readonly toolbar?: ReactNode;
  /** Distinguishes several tables of one page in the URL. */
  readonly name?: string;
}

/** The list of the console, with the powers of a spreadsheet: select, copy, paste, sort, choose columns, keyboard. */
export const DataTable = <Row,>(props: DataTableProps<Row>) => {
  const { label, columns, list, keyOf, onOpen, onPaste, sortedByServer = [], empty, toolbar, name = '' } = props;
  const t = useTexts(tableTexts);
  const id = useId();
  const [chosen, setChosen] = useUrlState(`${name}cols`);
  const [sort, setSort] = useUrlState(`${name}sort`);
  const [selection, setSelection] = useState<Selection | null>(null);
  const [announcement, setAnnouncement] = useState('');
  const viewport = useRef<HTMLDivElement>(null);

  const visible = useMemo(() => {
    const ids = chosen?.split(',');
    const shown = columns.filter((column) => (ids ? ids.includes(column.id) : !column.hidden));
    return shown.length > 0 ? shown : columns.slice(0, 1);
  }, [columns, chosen]);
  const sortId = sort?.replace(/^-/, '');
  const isDescending = sort?.startsWith('-') ?? false;
  const isSortedHere = sortId !== undefined && !sortedByServer.includes(sortId);

  const definitions = useMemo(
    (): ColumnDef<Row>[] =>
      columns.map((column) => ({
        id: column.id,
        accessorFn: column.value,
        sortingFn: (one, other) => compareValues(column.value(one.original), column.value(other.original)),
      })),
    [columns],
  );
  const sorting = useMemo(
    () => (isSortedHere && columns.some((column) => column.id === sortId) ? [{ id: sortId, desc: isDescending }] : []),
    [columns, sortId, isDescending, isSortedHere],
  );
  const table = useReactTable({
    data: list.rows as Row[],
    columns: definitions,
    getRowId: keyOf,
    state: { sorting },
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
  });
  const { rows } = table.getRowModel();

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => viewport.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const { hasMore, isLoading, error, loadMore } = list;
  useEffect(() => {
    if (hasMore && !isLoading && !error && last >= rows.length - LOAD_AHEAD) loadMore();
  }, [hasMore, isLoading, error, loadMore, last, rows.length]);

  const size = {
    rows: rows.length,
    columns: visible.length,
    page: Math.max(1, Math.floor((viewport.current?.clientHeight ?? 320) / ROW_HEIGHT) - 2),
  };
  const select = (next: Selection): void => {
    setSelection(next);
    virtualizer.scrollToIndex(next.head.row);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const isFar = event.ctrlKey || event.metaKey;
    const current = selection ?? at({ row: -1, column: 0 });
    if (isFar && event.key === 'a' && rows.length > 0) {
      event.preventDefault();
      return setSelection(all(size));
    }
    const row = rows[current.head.row];
    if (event.key === 'Enter' && onOpen && row) {
      event.preventDefault();
      return onOpen(row.original);
    }
    if (event.key === 'Escape') return setSelection(null);
    const next = moved(current, { key: event.key, isExtending: event.shiftKey, isFar }, size);
    if (!next) return;
    event.preventDefault();
    select(next);
  };

  const onCopy = (event: ClipboardEvent): void => {
    if (!selection || window.getSelection()?.toString()) return;
    const { top, bottom, left, right } = boundsOf(selection);
    const copied = rows.slice(top, bottom + 1).map(({ original }) => original);
    event.clipboardData.setData('text/plain', toSpreadsheet(visible.slice(left, right + 1), copied));
    event.preventDefault();
    setAnnouncement(t('copied', { count: copied.length }));
  };

  const onPasted = (event: ClipboardEvent): void => {
    const text = event.clipboardData.getData('text/plain').trim();
    if (!onPaste || !text) return;
    event.preventDefault();
    onPaste(text);
  };

  const toggleSort = (column: string): void => {
    const next = sortId !== column ? column : isDescending ? undefined : `-${column}`;
    setSort(next);
  };
  const toggleColumn = (column: string): void => {
    const ids = visible.map((each) => each.id);
    const next = ids.includes(column) ? ids.filter((each) => each !== column) : [...ids, column];
    const isDefault = columns.every((each) => next.includes(each.id) === !each.hidden);
    setChosen(isDefault || next.length === 0 ? undefined : next.join(','));
  };

  const template = visible.map(({ width, grows }) => (grows ? `minmax(${width}px, 1fr)` : `${width}px`)).join(' ');
  const minWidth = visible.reduce((sum, { width }) => sum + width, 0);
  const cellId = (row: number, column: number): string => `${id}-${row}-${column}`;
  const onCellMouseDown = (event: MouseEvent, row: number, column: number): void => {
    if (event.button !== 0 || (event.target as HTMLElement).closest('a, button, input')) return;
    const cell = { row, column };
    setSelection(event.shiftKey && selection ? { anchor: selection.anchor, head: cell } : at(cell));
  };

  return (
    <section className={classes.frame} aria-label={label}>
      <div className={classes.toolbar}>
        <div className={classes.filters}>{toolbar}</div>
        <Menu position="bottom-end" closeOnItemClick={false}>
          <Menu.Target>
            <Button variant="default" leftSection={<IconColumns3 size={14} />}>
              {t('columns')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {columns.map((column) => (
              <Menu.Item key={column.id} onClick={() => toggleColumn(column.id)}>
                <Checkbox
                  label={column.header}
                  checked={visible.includes(column)}
                  readOnly
                  tabIndex={-1}
                  className={classes.choice}
                />
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </div>

      <div
        ref={viewport}
        className={classes.viewport}
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        aria-colcount={visible.length}
        aria-multiselectable
        aria-activedescendant={selection ? cellId(selection.head.row, selection.head.column) : undefined}
        aria-busy={isLoading}
        onKeyDown={onKeyDown}
        onCopy={onCopy}
        onPaste={onPasted}
      >
        <div className={classes.header} role="row" aria-rowindex={1} style={{ gridTemplateColumns: template, minWidth }}>
          {visible.map((column) => (
            <div
              key={column.id}
              role="columnheader"
              className={classes.heading}
              data-align={column.align}
              aria-sort={sortId === column.id ? (isDescending ? 'descending' : 'ascending') : 'none'}
            >
              <button type="button" tabIndex={-1} className={classes.sort} onClick={() => toggleSort(column.id)}>
                {column.header}
                {sortId === column.id && (isDescending ? <IconArrowDown size={12} /> : <IconArrowUp size={12} />)}
              </button>
            </div>
          ))}
        </div>
        <div className={classes.body} role="rowgroup" style={{ height: virtualizer.getTotalSize(), minWidth }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <div
                key={row.id}
                role="row"
                aria-rowindex={item.index + 2}
                className={classes.row}
                data-active={selection?.head.row === item.index || undefined}
                style={{ gridTemplateColumns: template, transform: `translateY(${item.start}px)`, height: ROW_HEIGHT }}
                onDoubleClick={() => onOpen?.(row.original)}
              >
                {visible.map((column, index) => {
                  const cell = { row: item.index, column: index };
                  return (
                    <div
                      key={column.id}
                      id={cellId(item.index, index)}
                      role="gridcell"
                      aria-colindex={index + 1}
                      aria-selected={selection !== null && contains(selection, cell)}
                      className={classes.cell}
                      data-align={column.align}
                      data-head={(selection?.head.row === item.index && selection.head.column === index) || undefined}
                      onMouseDown={(event) => onCellMouseDown(event, item.index, index)}
                      onMouseEnter={({ buttons }) => {
                        if (buttons === 1 && selection) setSelection({ anchor: selection.anchor, head: cell });
                      }}
                    >
                      <span className={classes.content}>
                        {column.cell ? column.cell(row.original) : column.value(row.original)}
                      </span>
                    </div>
                  );
                })}
              </div>
            );
          })}
        </div>
        {!error && !isLoading && rows.length === 0 && (empty ?? <Empty title={t('empty')} />)}
        {error !== null && error !== undefined && <ErrorPanel error={error} onRetry={list.retry} />}
      </div>

      <footer className={classes.footer}>
        <Text size="xs" c="dimmed" component="span" className="numeric">
          {isLoading ? t('loading') : hasMore ? t('loadedSoFar', { count: rows.length }) : t('rows', { count: rows.length })}
        </Text>
        {isSortedHere && hasMore && (
          <Text size="xs" c="dimmed" component="span">
            {t('sortedLoaded')}
          </Text>
        )}
        <Text size="xs" c="dimmed" component="span" className={classes.hint}>
          {selection ? t('selectedHint') : t('hint')}
        </Text>
        <VisuallyHidden role="status">{announcement}</VisuallyHidden>
      </footer>
    </section>
  );
};
