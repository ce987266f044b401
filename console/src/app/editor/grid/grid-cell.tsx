import type { Ref } from 'react';
import { REWARD_TYPES } from '@rewards/contracts/reward-event';
import { useTexts } from '../../../shared/i18n/texts';
import { editorTexts } from '../texts';
import type { Issue } from '../validation';
import type { ColumnName } from './cells';
import type { CellControl } from './use-grid';
import classes from './reward-grid.module.css';

interface GridCellProps {
  readonly column: ColumnName;
  readonly label: string;
  readonly raw: string;
  readonly shown: string;
  readonly placeholder: string;
  readonly issue: Issue | undefined;
  readonly describedBy: string;
  readonly isSelected: boolean;
  readonly isActive: boolean;
  /** Text while the cell is edited. */
  readonly draft: string | null;
  readonly controlRef: Ref<CellControl>;
  readonly onDraft: (text: string) => void;
  readonly onChoose: (type: string) => void;
  readonly onEdit: () => void;
  readonly onMouseDown: (isExtending: boolean) => void;
  readonly onDrag: () => void;
}

/** A cell of the reward grid. Only the active one has a control, which has the focus: so typing, also of Korean, begins to edit. */
export const GridCell = (props: GridCellProps) => {
  const { column, label, raw, shown, placeholder, issue, describedBy, isSelected, isActive, draft, controlRef } = props;
  const t = useTexts(editorTexts);
  const problem = issue && t(issue.text, issue.values);
  const common = {
    className: classes.control,
    'aria-label': problem ? `${label}. ${problem}` : label,
    'aria-invalid': issue !== undefined,
    'aria-describedby': describedBy,
    'data-editing': draft !== null || undefined,
  };
  const control =
    column === 'type' ? (
      <select
        {...common}
        ref={controlRef as Ref<HTMLSelectElement>}
        value={raw}
        onChange={({ currentTarget }) => props.onChoose(currentTarget.value)}
      >
        <option value="" />
        {REWARD_TYPES.map((type) => (
          <option key={type} value={type}>
            {t(`type${type}`)}
          </option>
        ))}
        {raw !== '' && !REWARD_TYPES.some((type) => type === raw) && <option value={raw}>{raw}</option>}
      </select>
    ) : (
      <input
        {...common}
        ref={controlRef as Ref<HTMLInputElement>}
        autoComplete="off"
        spellCheck={false}
        inputMode={column === 'count' || column === 'amount' ? 'numeric' : 'text'}
        placeholder={placeholder}
        value={draft ?? shown}
        onChange={({ currentTarget }) => props.onDraft(currentTarget.value)}
      />
    );
  return (
    <div
      role="gridcell"
      className={classes.cell}
      data-column={column}
      data-active={isActive || undefined}
      data-invalid={issue !== undefined || undefined}
      aria-selected={isSelected}
      title={problem}
      onMouseDown={(event) => {
        if (event.button !== 0 || draft !== null || (isActive && column === 'type')) return;
        event.preventDefault();
        props.onMouseDown(event.shiftKey);
      }}
      onMouseEnter={({ buttons }) => buttons === 1 && draft === null && props.onDrag()}
      onDoubleClick={() => column !== 'type' && draft === null && props.onEdit()}
    >
      {isActive ? control : <span className={shown === '' ? classes.placeholder : classes.text}>{shown || placeholder}</span>}
    </div>
  );
};
