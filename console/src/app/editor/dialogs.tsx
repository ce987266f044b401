import { Button, Checkbox, Group, Modal, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { actionTexts } from '../event-actions/texts';
import { Confirm } from '../components/confirm';
import { componentTexts } from '../components/texts';
import { differencesOf, foreignChanges, merged, type Difference } from './differences';
import { fieldLines, type EditorText } from './field-lines';
import type { EventForm, FieldName } from './form';
import { Words } from './side-panel';
import { editorTexts } from './texts';
import classes from './editor.module.css';

/** Name of a field. */
export const fieldName = (field: FieldName, t: EditorText): string => t(field);

const Lines = ({ lines }: { lines: readonly string[] }) => {
  const t = useTexts(editorTexts);
  if (lines.length === 0) return <span className={classes.none}>{t('none')}</span>;
  return lines.map((line, index) => <div key={index}>{line}</div>);
};

const DifferenceTable = ({ differences }: { differences: readonly Difference[] }) => {
  const t = useTexts(editorTexts);
  return (
    <table className={classes.differences}>
      <thead>
        <tr>
          <th scope="col">{t('field')}</th>
          <th scope="col">{t('before')}</th>
          <th scope="col">{t('after')}</th>
        </tr>
      </thead>
      <tbody>
        {differences.map(({ field, before, after }) => (
          <tr key={field}>
            <th scope="row">{fieldName(field, t)}</th>
            <td>
              <Lines lines={before} />
            </td>
            <td>
              <Lines lines={after} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

export interface SaveOptions {
  readonly publish: boolean;
  readonly confirmPast: boolean;
}

interface SaveDialogProps {
  /** Null for a new event. */
  readonly before: EventForm | null;
  readonly form: EventForm;
  readonly publish: boolean;
  /** Start of a window that the publication grants for; null if it grants nothing for the past. */
  readonly past: string | null;
  readonly onSave: (options: SaveOptions) => Promise<unknown>;
  readonly onClose: () => void;
}

/** Shows what is saved, before and after, and what a publication does, before anything is sent. */
export const SaveDialog = ({ before, form, publish, past, onSave, onClose }: SaveDialogProps) => {
  const t = useTexts(editorTexts);
  const tAction = useTexts(actionTexts);
  const [confirmPast, setConfirmPast] = useState(false);
  const differences = before ? differencesOf(before, form, (each, field) => fieldLines(each, field, t)) : [];
  const title = !publish
    ? t('reviewTitle')
    : differences.length > 0
      ? t('reviewPublishTitle')
      : t('publishTitle', { name: form.name });
  return (
    <Confirm
      title={title}
      action={t(publish ? (differences.length > 0 || !before ? 'saveAndPublish' : 'publish') : 'save')}
      onConfirm={() => onSave({ publish, confirmPast })}
      onClose={onClose}
    >
      {differences.length > 0 && <DifferenceTable differences={differences} />}
      {publish && (
        <>
          <Words form={form} />
          <Text>{tAction('publishEffect')}</Text>
        </>
      )}
      {publish && past !== null && (
        <Checkbox
          label={tAction('confirmPast', { start: past })}
          description={tAction('confirmPastHelp')}
          checked={confirmPast}
          onChange={({ currentTarget }) => setConfirmPast(currentTarget.checked)}
        />
      )}
    </Confirm>
  );
};

interface ConflictDialogProps {
  readonly base: EventForm;
  readonly theirs: EventForm;
  readonly yours: EventForm;
  readonly onMerged: (form: EventForm) => void;
  readonly onClose: () => void;
}

/** Shows what another person changed in the meantime, and lets this person choose where both changed the same field. */
export const ConflictDialog = ({ base, theirs, yours, onMerged, onClose }: ConflictDialogProps) => {
  const t = useTexts(editorTexts);
  const tComponent = useTexts(componentTexts);
  const [kept, setKept] = useState<ReadonlySet<FieldName>>(new Set());
  const changes = foreignChanges(base, theirs, yours);
  const cell = (form: EventForm, field: FieldName): ReactNode => <Lines lines={fieldLines(form, field, t)} />;
  const choose = (field: FieldName, isYours: boolean): void =>
    setKept((current) => new Set([...[...current].filter((each) => each !== field), ...(isYours ? [field] : [])]));
  return (
    <Modal opened onClose={onClose} closeButtonProps={{ 'aria-label': tComponent('close') }} title={t('conflictTitle')} size="xl">
      <Stack gap="md">
        <Text>{changes.length === 0 ? t('conflictNobody') : t('conflictHelp')}</Text>
        {changes.length > 0 && (
          <table className={classes.differences}>
            <thead>
              <tr>
                <th scope="col">{t('field')}</th>
                <th scope="col">{t('before')}</th>
                <th scope="col">{t('theirs')}</th>
                <th scope="col">{t('yours')}</th>
              </tr>
            </thead>
            <tbody>
              {changes.map(({ field, isConflict }) => (
                <tr key={field}>
                  <th scope="row">
                    {fieldName(field, t)}
                    {isConflict && (
                      <SegmentedControl
                        className={classes.choice}
                        aria-label={fieldName(field, t)}
                        value={kept.has(field) ? 'yours' : 'theirs'}
                        onChange={(value) => choose(field, value === 'yours')}
                        data={[
                          { value: 'theirs', label: t('theirs') },
                          { value: 'yours', label: t('yours') },
                        ]}
                      />
                    )}
                  </th>
                  <td>{cell(base, field)}</td>
                  <td>{cell(theirs, field)}</td>
                  <td>{isConflict ? cell(yours, field) : <span className={classes.none}>–</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <Group justify="flex-end">
          <Button data-autofocus onClick={() => onMerged(merged(base, theirs, yours, kept))}>
            {t('conflictContinue')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
};
