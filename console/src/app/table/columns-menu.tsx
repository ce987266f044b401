import { ActionIcon, Button, Checkbox, Popover } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconColumns3 } from '@tabler/icons-react';
import { useTexts } from '../../shared/i18n/texts';
import type { Column } from './column';
import { tableTexts } from './texts';
import type { ShownColumns } from './use-columns';
import classes from './data-table.module.css';

interface ColumnsMenuProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly state: ShownColumns<Row>;
}

/** Chooses the columns of a list, and their order. */
export const ColumnsMenu = <Row,>({ columns, state }: ColumnsMenuProps<Row>) => {
  const t = useTexts(tableTexts);
  const hidden = columns.filter((column) => !state.shown.includes(column));
  return (
    <Popover position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns3 size={14} aria-hidden />}>
          {t('columns')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('columns')}>
        <ul className={classes.choices}>
          {[...state.shown, ...hidden].map((column, place) => (
            <li key={column.id} className={classes.choice}>
              <Checkbox
                label={column.header}
                checked={place < state.shown.length}
                disabled={place === 0 && state.shown.length === 1}
                onChange={() => state.toggle(column.id)}
              />
              {place < state.shown.length && (
                <span className={classes.moves}>
                  <ActionIcon
                    size="sm"
                    aria-label={t('moveForward', { column: column.header })}
                    disabled={place === 0}
                    onClick={() => state.move(column.id, place - 1)}
                  >
                    <IconChevronUp size={14} aria-hidden />
                  </ActionIcon>
                  <ActionIcon
                    size="sm"
                    aria-label={t('moveBack', { column: column.header })}
                    disabled={place === state.shown.length - 1}
                    onClick={() => state.move(column.id, place + 1)}
                  >
                    <IconChevronDown size={14} aria-hidden />
                  </ActionIcon>
                </span>
              )}
            </li>
          ))}
        </ul>
        <Button variant="subtle" fullWidth disabled={!state.isChosen} onClick={state.reset}>
          {t('resetColumns')}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
};
