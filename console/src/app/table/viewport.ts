import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react';
import type { Cell } from './selection';
import { ROW_HEIGHT } from './table-row';

/** Scrolls as little as possible to show a cell below the header and beside a pinned column. */
export const revealCell = (list: HTMLElement, headings: HTMLElement | null, { row, column }: Cell): void => {
  if (!headings) return;
  const top = row * ROW_HEIGHT;
  const height = list.clientHeight - headings.offsetHeight;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + ROW_HEIGHT > list.scrollTop + height) list.scrollTop = top + ROW_HEIGHT - height;

  const [first] = headings.children;
  const heading = headings.children[column];
  if (!(first instanceof HTMLElement) || !(heading instanceof HTMLElement)) return;
  if (heading === first) {
    list.scrollLeft = 0;
    return;
  }
  const pinned = getComputedStyle(first).position === 'sticky' ? first.offsetWidth : 0;
  const [left, right] = [heading.offsetLeft, heading.offsetLeft + heading.offsetWidth];
  if (left - pinned < list.scrollLeft) list.scrollLeft = left - pinned;
  else if (right > list.scrollLeft + list.clientWidth) list.scrollLeft = right - list.clientWidth;
};

/** Makes only the links and buttons of the active cell reachable by Tab, so that Tab leaves the list after it. */
export const followTab = (list: HTMLElement | null): void => {
  for (const each of list?.querySelectorAll<HTMLElement>('[data-column] :is(a, button)') ?? [])
    each.tabIndex = each.closest('[data-head]') ? 0 : -1;
};

/** Keeps the same rows in view when rows are added above them, and begins at the top when the filters change. */
export const useKeptPlace = <Row>(
  viewport: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  isOutdated: boolean,
): void => {
  const known = useRef(rows);
  useLayoutEffect(() => {
    const before = known.current;
    known.current = rows;
    const list = viewport.current;
    if (!list || before === rows || list.scrollTop === 0) return;
    const index = Math.floor(list.scrollTop / ROW_HEIGHT);
    const anchor = before[index];
    if (anchor === undefined) return;
    const key = keyOf(anchor);
    const same = rows[index];
    if (same !== undefined && keyOf(same) === key) return;
    const found = rows.findIndex((row) => keyOf(row) === key);
    if (found >= 0) list.scrollTop += (found - index) * ROW_HEIGHT;
  }, [viewport, rows, keyOf]);
  useEffect(() => {
    if (isOutdated) viewport.current?.scrollTo({ top: 0 });
  }, [viewport, isOutdated]);
};
