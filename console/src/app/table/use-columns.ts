import { getCoreRowModel, useReactTable, type ColumnDef } from '@tanstack/react-table';
import { useMemo } from 'react';
import { useUrlState } from '../url-state';
import { chosenColumns, movedColumn, namesOf, toggledColumn, type Column } from './column';

export interface ShownColumns<Row> {
  /** In the order in which they are shown. */
  readonly shown: readonly Column<Row>[];
  readonly isChosen: boolean;
  readonly toggle: (id: string) => void;
  readonly move: (id: string, place: number) => void;
  readonly reset: () => void;
  readonly sort: { readonly id: string; readonly isDescending: boolean } | undefined;
  /** Changes the order of a column from ascending to descending to none. */
  readonly toggleSort: (id: string) => void;
}

/** The columns that are shown, and the one that the list is sorted by, which the URL contains. @param name of the table in the URL */
export const useColumns = <Row>(columns: readonly Column<Row>[], name: string): ShownColumns<Row> => {
  const [chosen, setChosen] = useUrlState(`${name}cols`);
  const [sorted, setSorted] = useUrlState(`${name}sort`);
  const definitions = useMemo(
    (): ColumnDef<Row>[] => columns.map((column) => ({ id: column.id, header: column.header, accessorFn: column.value })),
    [columns],
  );
  const order = useMemo(() => chosenColumns(columns, chosen).map(({ id }) => id), [columns, chosen]);
  // The row model of the library creates an object with all its functions for each row, which a million rows cannot afford. So it
  // keeps the state of columns, and the rows stay as they are.
  const table = useReactTable({
    data: NO_ROWS as Row[],
    columns: definitions,
    state: {
      columnOrder: order,
      columnVisibility: Object.fromEntries(columns.map(({ id }) => [id, order.includes(id)])),
      sorting: sorted === undefined ? [] : [{ id: sorted.replace(/^-/, ''), desc: sorted.startsWith('-') }],
    },
    manualSorting: true,
    getCoreRowModel: getCoreRowModel(),
  });
  const names = table.getVisibleLeafColumns().map(({ id }) => id);
  const key = names.join(',');
  const shown = useMemo(() => chosenColumns(columns, key), [columns, key]);
  const [sort] = table.getState().sorting;
  const show = (ids: readonly string[]): void => setChosen(namesOf(columns, ids));
  return {
    shown,
    isChosen: chosen !== undefined,
    toggle: (id) => show(toggledColumn(names, id)),
    move: (id, place) => show(movedColumn(names, id, place)),
    reset: () => setChosen(undefined),
    sort: sort && { id: sort.id, isDescending: sort.desc },
    toggleSort: (id) => setSorted(sort?.id !== id ? id : sort.desc ? undefined : `-${id}`),
  };
};

const NO_ROWS: never[] = [];
