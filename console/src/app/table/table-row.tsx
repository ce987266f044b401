import { memo } from 'react';
import type { Column } from './column';
import classes from './data-table.module.css';

export const ROW_HEIGHT = 32;

/** Id of a cell, for screen readers. @param table id of its table */
export const cellId = (table: string, row: number, column: number): string => `${table}-${row}-${column}`;

interface TableRowProps<Row> {
  readonly table: string;
  readonly columns: readonly Column<Row>[];
  readonly row: Row;
  readonly index: number;
  readonly template: string;
  /** First and last selected column; -1 if none is selected. */
  readonly from: number;
  readonly to: number;
  /** Column of the keyboard's cell; -1 if it is in another row. */
  readonly head: number;
}

const Cells = <Row,>({ table, columns, row, index, template, from, to, head }: TableRowProps<Row>) => (
  <div
    role="row"
    aria-rowindex={index + 2}
    className={classes.row}
    data-row={index}
    style={{ gridTemplateColumns: template, transform: `translateY(${index * ROW_HEIGHT}px)`, height: ROW_HEIGHT }}
  >
    {columns.map(({ id, align, value, cell }, column) => (
      <div
        key={id}
        id={cellId(table, index, column)}
        role="gridcell"
        aria-colindex={column + 1}
        aria-selected={column >= from && column <= to}
        className={classes.cell}
        data-align={align}
        data-column={column}
        data-head={column === head || undefined}
      >
        {cell ? (
          <span className={classes.content}>{cell(row)}</span>
        ) : (
          <span className={classes.content} title={String(value(row) ?? '')}>
            {value(row)}
          </span>
        )}
      </div>
    ))}
  </div>
);

/** A row of a list. It is drawn again only if something about itself changes, so that scrolling and selecting stay smooth. */
export const TableRow = memo(Cells) as typeof Cells;
