import { useEffect, useRef, type MouseEvent as ReactMouseEvent, type RefObject } from 'react';
import type { Cell } from './selection';
import { ROW_HEIGHT } from './table-row';

interface Parts {
  readonly viewport: RefObject<HTMLElement | null>;
  readonly headings: RefObject<HTMLElement | null>;
}

/** Pixels that a pointer outside the list scrolls at most in a frame. */
const MAX_STEP = 60;

/** Selects cells by dragging. Outside the list it scrolls, faster with more distance. @returns the handler of the mouse button */
export const useDragSelection = (
  { viewport, headings }: Parts,
  rows: number,
  onSelect: (cell: Cell, isExtending: boolean) => void,
): ((event: ReactMouseEvent) => void) => {
  const stop = useRef<() => void>(undefined);
  const latest = useRef({ rows, onSelect });
  useEffect(() => {
    latest.current = { rows, onSelect };
  });
  useEffect(() => () => stop.current?.(), []);

  return (event) => {
    const list = viewport.current;
    const header = headings.current;
    const started = cellOf(event.target);
    if (!list || !header || !started || event.button !== 0) return;
    if (event.target instanceof Element && event.target.closest('a, button, input, select, textarea')) return;
    window.getSelection()?.removeAllRanges();
    latest.current.onSelect(started, event.shiftKey);

    let pointer = { x: event.clientX, y: event.clientY };
    let frame = 0;
    let last = started;
    const extend = (): void => {
      const cell = cellAt(list, header, pointer, latest.current.rows);
      if (cell.row === last.row && cell.column === last.column) return;
      last = cell;
      latest.current.onSelect(cell, true);
    };
    const scroll = (): void => {
      frame = 0;
      const step = overshoot(list, header, pointer);
      if (step.x === 0 && step.y === 0) return;
      list.scrollBy(step.x, step.y);
      extend();
      frame = requestAnimationFrame(scroll);
    };
    const onMove = ({ clientX, clientY, buttons }: MouseEvent): void => {
      if (buttons === 0) return stop.current?.();
      pointer = { x: clientX, y: clientY };
      extend();
      if (frame === 0) frame = requestAnimationFrame(scroll);
    };
    stop.current?.();
    stop.current = () => {
      cancelAnimationFrame(frame);
      document.removeEventListener('mousemove', onMove);
      document.removeEventListener('mouseup', end);
    };
    const end = (): void => stop.current?.();
    document.addEventListener('mousemove', onMove);
    document.addEventListener('mouseup', end);
  };
};

/** The cell that contains an element. */
export const cellOf = (target: EventTarget): Cell | null => {
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-column]') : null;
  const row = cell?.closest<HTMLElement>('[data-row]');
  return cell && row ? { row: Number(row.dataset.row), column: Number(cell.dataset.column) } : null;
};

interface Point {
  readonly x: number;
  readonly y: number;
}

const between = (low: number, value: number, high: number): number => Math.max(low, Math.min(value, high));

/** The cell under a point, or the nearest one that is visible. */
const cellAt = (list: HTMLElement, header: HTMLElement, { x, y }: Point, rows: number): Cell => {
  const box = list.getBoundingClientRect();
  const top = box.top + list.clientTop + header.offsetHeight;
  const inside = between(top, y, box.top + list.clientTop + list.clientHeight - 1) - top;
  const row = between(0, Math.floor((inside + list.scrollTop) / ROW_HEIGHT), rows - 1);
  const right = between(box.left, x, box.left + list.clientWidth - 1);
  const column = [...header.children].findIndex((heading) => heading.getBoundingClientRect().right > right);
  return { row, column: column < 0 ? header.children.length - 1 : column };
};

/** How far to scroll for a pointer outside the list. */
const overshoot = (list: HTMLElement, header: HTMLElement, { x, y }: Point): Point => {
  const box = list.getBoundingClientRect();
  const beyond = (low: number, value: number, high: number): number =>
    between(-MAX_STEP, Math.round((value < low ? value - low : value > high ? value - high : 0) / 2), MAX_STEP);
  return { x: beyond(box.left, x, box.right), y: beyond(box.top + header.offsetHeight, y, box.bottom) };
};
