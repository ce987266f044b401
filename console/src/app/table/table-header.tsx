import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useState, type CSSProperties, type DragEvent, type Ref } from 'react';
import type { ShownColumns } from './use-columns';
import classes from './data-table.module.css';

const DRAGGED = 'application/x-column';

interface TableHeaderProps<Row> {
  readonly ref: Ref<HTMLDivElement>;
  readonly state: ShownColumns<Row>;
  readonly style: CSSProperties;
  readonly onSort: (id: string) => void;
}

/** The header row of a list. A click sorts, and dragging moves a column. */
export const TableHeader = <Row,>({ ref, state, style, onSort }: TableHeaderProps<Row>) => {
  const { shown, sort, move } = state;
  const [target, setTarget] = useState<string | null>(null);
  const onDragOver = (event: DragEvent, id: string): void => {
    if (!event.dataTransfer.types.includes(DRAGGED)) return;
    event.preventDefault();
    setTarget(id);
  };
  const onDrop = (event: DragEvent, place: number): void => {
    event.preventDefault();
    setTarget(null);
    move(event.dataTransfer.getData(DRAGGED), place);
  };
  return (
    <div role="rowgroup" className={classes.header}>
      <div ref={ref} role="row" aria-rowindex={1} className={classes.headings} style={style}>
        {shown.map(({ id, header, align }, place) => {
          const isSorted = sort?.id === id;
          const Arrow = sort?.isDescending ? IconArrowDown : IconArrowUp;
          return (
            <div
              key={id}
              role="columnheader"
              aria-colindex={place + 1}
              aria-sort={isSorted ? (sort.isDescending ? 'descending' : 'ascending') : 'none'}
              className={classes.heading}
              data-align={align}
              data-target={target === id || undefined}
              draggable
              onDragStart={(event) => event.dataTransfer.setData(DRAGGED, id)}
              onDragOver={(event) => onDragOver(event, id)}
              onDragLeave={() => setTarget(null)}
              onDrop={(event) => onDrop(event, place)}
            >
              <button type="button" className={classes.sort} onClick={() => onSort(id)}>
                <span className={classes.content}>{header}</span>
                {isSorted && <Arrow size={12} aria-hidden />}
              </button>
            </div>
          );
        })}
      </div>
    </div>
  );
};
