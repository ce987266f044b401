import { Button, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useId, useImperativeHandle, useState, type Ref } from 'react';
import type { ConditionType } from '@rewards/contracts/reward-event';
import { useTexts } from '../../../shared/i18n/texts';
import { at, boundsOf, contains, type Cell } from '../../table/selection';
import { amountText, typeName } from '../field-lines';
import { editorTexts } from '../texts';
import type { Issue } from '../validation';
import { COLUMNS, EMPTY_ROW, type ColumnName, type RewardRow } from './cells';
import { GridCell } from './grid-cell';
import { copyCells, setCell } from './spreadsheet';
import { useGrid } from './use-grid';
import classes from './reward-grid.module.css';

export interface GridHandle {
  readonly focusCell: (row: number, column: ColumnName) => void;
}

interface RewardGridProps {
  readonly rows: readonly RewardRow[];
  readonly onChange: (rows: readonly RewardRow[]) => void;
  readonly conditionType: ConditionType;
  /** The goal, which a row without a count belongs to. */
  readonly goal: string;
  readonly issueAt: (row: number, column: ColumnName) => Issue | undefined;
  /** An issue of the grid as a whole. */
  readonly issue: Issue | undefined;
  readonly onBlur: () => void;
  readonly ref: Ref<GridHandle>;
}

/** Issues listed below the grid. */
const MAX_LISTED = 5;

/** The rewards of all milestones in a grid that works like a spreadsheet. */
export const RewardGrid = (props: RewardGridProps) => {
  const { rows, onChange, conditionType, goal, issueAt, issue, onBlur, ref } = props;
  const t = useTexts(editorTexts);
  const id = useId();
  const [announcement, setAnnouncement] = useState('');
  const names: Readonly<Record<ColumnName, string>> = {
    count: t(conditionType === 'LOGIN_COUNT' ? 'columnLogins' : 'columnDays'),
    name: t('columnName'),
    type: t('columnType'),
    amount: t('columnAmount'),
    itemCode: t('columnItemCode'),
  };
  const headers = COLUMNS.map((column) => names[column]);
  const localized = rows.map((row) => ({ ...row, type: typeName(row.type, t) }));
  const grid = useGrid({
    rows,
    onChange,
    copy: (selection) => {
      const bounds = boundsOf(selection);
      const isBlock = bounds.bottom > bounds.top;
      return copyCells(localized, bounds, isBlock ? headers : undefined);
    },
    onCopied: (count) => setAnnouncement(t('copiedRows', { count })),
  });
  const { selection, draft, control } = grid;
  const { head } = selection;
  const shown = (row: RewardRow, column: ColumnName): string =>
    column === 'type' ? typeName(row.type, t) : column === 'amount' ? amountText(row.amount) : row[column];
  const listed = rows.flatMap((_, row) =>
    COLUMNS.flatMap((column) => {
      const found = issueAt(row, column);
      return found
        ? [{ row, column, text: t('cellIssue', { row: row + 1, column: names[column], issue: t(found.text, found.values) }) }]
        : [];
    }),
  );
  useImperativeHandle(ref, () => ({ focusCell: (row, column) => grid.focusCell({ row, column: COLUMNS.indexOf(column) }) }));
  const copyAll = (): void => {
    const bounds = { top: 0, bottom: rows.length - 1, left: 0, right: COLUMNS.length - 1 };
    void navigator.clipboard.writeText(copyCells(localized, bounds, headers));
    setAnnouncement(t('copiedRows', { count: rows.length }));
  };
  const onMouseDown = (cell: Cell, isExtending: boolean): void => {
    grid.commit();
    grid.select(isExtending ? { anchor: selection.anchor, head: cell } : at(cell));
  };

  return (
    <div className={classes.frame}>
      <div className={classes.toolbar}>
        <Button variant="default" size="compact-xs" onClick={grid.insert}>
          {t('insertRow')}
        </Button>
        <Button variant="default" size="compact-xs" onClick={grid.remove} disabled={rows.length === 0}>
          {t('deleteRows')}
        </Button>
        <Button variant="default" size="compact-xs" onClick={() => grid.undo?.()} disabled={!grid.undo}>
          {t('undo')}
        </Button>
        <Button variant="default" size="compact-xs" onClick={() => grid.redo?.()} disabled={!grid.redo}>
          {t('redo')}
        </Button>
        <Button variant="default" size="compact-xs" onClick={copyAll} disabled={rows.length === 0}>
          {t('copyAll')}
        </Button>
        <Text size="xs" c="dimmed" className={classes.count}>
          {t('rowCount', { count: rows.length })}
        </Text>
      </div>
      <div className={classes.viewport}>
        <div
          role="grid"
          tabIndex={-1}
          aria-label={t('grid')}
          aria-rowcount={rows.length + 2}
          aria-colcount={COLUMNS.length}
          aria-multiselectable
          className={classes.grid}
          onBlur={({ currentTarget, relatedTarget }) => {
            if (currentTarget.contains(relatedTarget)) return;
            grid.commit();
            grid.setLeaving(false);
            onBlur();
          }}
          {...grid.handlers}
        >
          <div role="row" className={classes.header} aria-rowindex={1}>
            <span className={classes.number} aria-hidden />
            {COLUMNS.map((column) => (
              <span key={column} role="columnheader" className={classes.heading} data-column={column}>
                {names[column]}
              </span>
            ))}
          </div>
          {[...rows, EMPTY_ROW].map((row, index) => (
            <div key={index} role="row" className={classes.row} aria-rowindex={index + 2}>
              <span className={classes.number} aria-hidden>
                {index < rows.length ? index + 1 : '+'}
              </span>
              {COLUMNS.map((column, place) => {
                const cell = { row: index, column: place };
                const isActive = head.row === index && head.column === place;
                const isGoal = column === 'count' && row.count === '' && index < rows.length;
                return (
                  <GridCell
                    key={column}
                    column={column}
                    label={t('cellLabel', { column: names[column], row: index + 1 })}
                    raw={row[column]}
                    shown={shown(row, column)}
                    placeholder={isGoal ? goal : ''}
                    issue={index < rows.length ? issueAt(index, column) : undefined}
                    describedBy={`${id}-hint`}
                    isSelected={contains(selection, cell)}
                    isActive={isActive}
                    draft={isActive ? draft : null}
                    controlRef={isActive ? control : null}
                    onDraft={grid.setDraft}
                    onChoose={(type) => grid.write(setCell(rows, cell, type))}
                    onEdit={grid.edit}
                    onMouseDown={(isExtending) => onMouseDown(cell, isExtending)}
                    onDrag={() => grid.select({ anchor: selection.anchor, head: cell })}
                  />
                );
              })}
            </div>
          ))}
        </div>
      </div>
      <Text size="xs" c="dimmed" id={`${id}-hint`}>
        {t('gridHint')}
      </Text>
      {(issue ?? listed.length > 0) && (
        <ul className={classes.issues}>
          {issue && <li id="field-rows">{t(issue.text, issue.values)}</li>}
          {listed.slice(0, MAX_LISTED).map(({ row, column, text }) => (
            <li key={`${row}.${column}`}>
              <UnstyledButton className={classes.issue} onClick={() => grid.focusCell({ row, column: COLUMNS.indexOf(column) })}>
                {text}
              </UnstyledButton>
            </li>
          ))}
          {listed.length > MAX_LISTED && <li>{t('problems', { count: listed.length })}</li>}
        </ul>
      )}
      <VisuallyHidden role="status">{announcement}</VisuallyHidden>
    </div>
  );
};
