import { useLayoutEffect, useRef, useState, type ClipboardEvent, type KeyboardEvent } from 'react';
import { all, at, boundsOf, moved, type Cell, type Selection } from '../../table/selection';
import { COLUMNS, type RewardRow } from './cells';
import { changed, historyOf, redone, undone } from './history';
import { clearCells, insertRow, pasteCells, removeRows, setCell } from './spreadsheet';

export type CellControl = HTMLInputElement | HTMLSelectElement;

interface GridOptions {
  readonly rows: readonly RewardRow[];
  readonly onChange: (rows: readonly RewardRow[]) => void;
  /** Text of the selected cells for the clipboard. */
  readonly copy: (selection: Selection) => string;
  readonly onCopied: (rows: number) => void;
}

const PAGE_ROWS = 10;
const within = ({ row, column }: Cell, last: number): Cell => ({ row: Math.min(row, last), column });
const isTyping = (control: EventTarget): control is HTMLInputElement => control instanceof HTMLInputElement;

/** The state and the keyboard of the reward grid: one active cell, of which the control has the focus, and a selection. */
export const useGrid = ({ rows, onChange, copy, onCopied }: GridOptions) => {
  const [chosen, setSelection] = useState<Selection>(at({ row: 0, column: 0 }));
  const [draft, setDraft] = useState<string | null>(null);
  const [history, setHistory] = useState(() => historyOf(rows));
  // Escape lets the next Tab leave the grid.
  const [isLeaving, setLeaving] = useState(false);
  const control = useRef<CellControl>(null);
  const wantsFocus = useRef(false);
  // The row after the last one is there to write into. Rows may have gone since the selection was made.
  const selection = { anchor: within(chosen.anchor, rows.length), head: within(chosen.head, rows.length) };
  const { head } = selection;
  const isEditing = draft !== null;
  const size = { rows: rows.length + 1, columns: COLUMNS.length, page: PAGE_ROWS };

  useLayoutEffect(() => {
    const current = control.current;
    if (!current || !(wantsFocus.current || document.activeElement === current)) return;
    wantsFocus.current = false;
    current.focus();
    if (!isEditing && isTyping(current)) current.select();
  }, [chosen, isEditing, rows]);

  const select = (next: Selection): void => {
    wantsFocus.current = true;
    setSelection(next);
  };
  /** Changes made elsewhere, such as by a merge, are not steps to undo. */
  const current = history.present === rows ? history : { ...history, present: rows };
  /** The active cell may be in a row that goes. */
  const keepFocus = (): void => {
    wantsFocus.current ||= document.activeElement === control.current;
  };
  const write = (next: readonly RewardRow[]): void => {
    if (next === rows) return;
    keepFocus();
    setHistory(changed(current, next));
    onChange(next);
  };
  const restore = (next: typeof current): void => {
    keepFocus();
    setHistory(next);
    onChange(next.present);
  };
  const commit = (): void => {
    if (draft !== null) write(setCell(rows, head, draft));
    setDraft(null);
  };
  const move = (cell: Cell): void => {
    commit();
    setLeaving(false);
    select(at({ row: Math.max(0, cell.row), column: cell.column }));
  };
  const edit = (): void => {
    const active = control.current;
    if (active instanceof HTMLSelectElement) active.showPicker();
    else if (active) {
      setDraft(rows[head.row]?.[COLUMNS[head.column] ?? 'name'] ?? '');
      requestAnimationFrame(() => active.setSelectionRange(active.value.length, active.value.length));
    }
  };

  const moveByTab = (event: KeyboardEvent): void => {
    const place = head.row * COLUMNS.length + head.column + (event.shiftKey ? -1 : 1);
    const isOutside = place < 0 || place >= size.rows * COLUMNS.length;
    if (isLeaving || (isOutside && !isEditing)) return;
    event.preventDefault();
    move({ row: Math.floor(Math.max(0, place) / COLUMNS.length), column: Math.max(0, place) % COLUMNS.length });
  };

  const onEditingKey = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (event.key === 'Tab') moveByTab(event);
    else if (event.key === 'Escape') {
      event.stopPropagation();
      setDraft(null);
    } else if (step !== undefined) {
      event.preventDefault();
      move({ row: head.row + step, column: head.column });
    }
  };

  const onCommand = (event: KeyboardEvent): boolean => {
    const isWithControl = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (isWithControl && key === 'z') restore(event.shiftKey ? redone(current) : undone(current));
    else if (isWithControl && key === 'y') restore(redone(current));
    else if (isWithControl && key === 'a') select(all({ ...size, rows: Math.max(1, rows.length) }));
    else if (!isWithControl && (event.key === 'Enter' || event.key === 'F2')) edit();
    else if (!isWithControl && (event.key === 'Delete' || event.key === 'Backspace'))
      write(clearCells(rows, boundsOf(selection)));
    else return false;
    return true;
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (isEditing) return onEditingKey(event);
    if (event.key === 'Tab') return moveByTab(event);
    if (event.key === 'Escape') return setLeaving(true);
    const isOpeningList = event.altKey && event.target instanceof HTMLSelectElement;
    const next = isOpeningList
      ? null
      : moved(selection, { key: event.key, isExtending: event.shiftKey, isFar: event.ctrlKey || event.metaKey }, size);
    if (next) {
      setLeaving(false);
      select(next);
    } else if (!onCommand(event)) return;
    event.preventDefault();
  };

  const onCopy = (event: ClipboardEvent): void => {
    if (isEditing) return;
    event.preventDefault();
    event.clipboardData.setData('text/plain', copy(selection));
    const { top, bottom } = boundsOf(selection);
    onCopied(bottom - top + 1);
    if (event.type === 'cut') write(clearCells(rows, boundsOf(selection)));
  };

  const onPaste = (event: ClipboardEvent): void => {
    if (isEditing) return;
    event.preventDefault();
    const { rows: pasted, bounds } = pasteCells(rows, boundsOf(selection), event.clipboardData.getData('text/plain'));
    write(pasted);
    select({ anchor: { row: bounds.top, column: bounds.left }, head: { row: bounds.bottom, column: bounds.right } });
  };

  return {
    selection,
    draft,
    control,
    setDraft,
    commit,
    edit,
    select,
    focusCell: move,
    write,
    setLeaving,
    undo: current.past.length > 0 ? () => restore(undone(current)) : null,
    redo: current.future.length > 0 ? () => restore(redone(current)) : null,
    insert: () => write(insertRow(rows, boundsOf(selection).top)),
    remove: () => write(removeRows(rows, boundsOf(selection))),
    handlers: { onKeyDown, onCopy, onCut: onCopy, onPaste },
  };
};
