import { NumberInput, Select, Text, Textarea, TextInput } from '@mantine/core';
import { CONDITION_TYPES } from '@rewards/contracts/reward-event';
import type { ReactNode } from 'react';
import { useTexts } from '../../shared/i18n/texts';
import { Section } from '../components/page';
import { AUTOMATION_TEXTS, CONDITION_TEXTS, CYCLE_TEXTS } from './field-lines';
import { DateField } from './fields/date-field';
import { MetadataField } from './fields/metadata-field';
import { ZoneField } from './fields/zone-field';
import { AUTOMATIONS, claimsUntilOf, CYCLE_CHOICES, type FieldName } from './form';
import { RewardGrid } from './grid/reward-grid';
import { editorTexts } from './texts';
import { fieldId, type FormState } from './use-event-form';
import { cellPlace } from './validation';
import { WindowNotes } from './window-notes';
import classes from './editor.module.css';

/** All fields of an event, by what they are about. */
export const EventFields = ({ state }: { state: FormState }) => {
  const t = useTexts(editorTexts);
  return (
    <div className={classes.fields}>
      {state.isPublished && <Text c="dimmed">{t('publishedNote')}</Text>}
      <Section title={t('sectionEvent')}>
        <TextFields state={state} />
      </Section>
      <Section title={t('sectionTime')}>
        <TimeFields state={state} />
      </Section>
      {!state.isPublished && (
        <>
          <Section title={t('sectionGoal')}>
            <GoalFields state={state} />
          </Section>
          <Section title={t('sectionRewards')}>
            <RewardGrid
              rows={state.form.rows}
              onChange={(rows) => state.set('rows', rows)}
              conditionType={state.form.conditionType}
              goal={state.form.count}
              issueAt={(row, column) => state.shown(cellPlace(row, column))}
              issue={state.shown('rows')}
              onBlur={() => state.touch('rows')}
              ref={state.grid}
            />
          </Section>
        </>
      )}
      <Section title={t('sectionMetadata')}>
        <MetadataField state={state} />
      </Section>
    </div>
  );
};

const useFieldProps = (state: FormState) => {
  const t = useTexts(editorTexts);
  return (field: FieldName): { id: string; error: ReactNode; onBlur: () => void } => {
    const issue = state.shown(field);
    return { id: fieldId(field), error: issue && t(issue.text, issue.values), onBlur: () => state.touch(field) };
  };
};

const TextFields = ({ state }: { state: FormState }) => {
  const t = useTexts(editorTexts);
  const props = useFieldProps(state);
  const { form, set } = state;
  return (
    <>
      <TextInput
        {...props('name')}
        label={t('name')}
        value={form.name}
        onChange={({ currentTarget }) => set('name', currentTarget.value)}
      />
      <Textarea
        {...props('description')}
        label={t('description')}
        autosize
        minRows={2}
        maxRows={8}
        value={form.description}
        onChange={({ currentTarget }) => set('description', currentTarget.value)}
      />
    </>
  );
};

const TimeFields = ({ state }: { state: FormState }) => {
  const t = useTexts(editorTexts);
  const props = useFieldProps(state);
  const { form, set, isPublished } = state;
  const common = { zone: form.timeZone, defaultTime: form.dayStartsAt };
  return (
    <>
      <div className={classes.columns}>
        <ZoneField
          {...props('timeZone')}
          value={form.timeZone}
          isDisabled={isPublished}
          onChange={(zone) => set('timeZone', zone)}
        />
        <TextInput
          {...props('dayStartsAt')}
          label={t('dayStartsAt')}
          value={form.dayStartsAt}
          disabled={isPublished}
          onChange={({ currentTarget }) => set('dayStartsAt', currentTarget.value)}
        />
      </div>
      <div className={classes.threeColumns}>
        <DateField
          {...props('startsAt')}
          {...common}
          label={t('startsAt')}
          value={form.startsAt}
          isDisabled={isPublished}
          onChange={(value) => set('startsAt', value)}
        />
        <DateField
          {...props('endsAt')}
          {...common}
          label={t('endsAt')}
          value={form.endsAt}
          onChange={(value) => set('endsAt', value)}
        />
        <DateField
          {...props('claimsUntil')}
          {...common}
          label={t('claimsUntil')}
          value={form.claimsUntil}
          placeholder=""
          help={form.claimsUntil === '' ? t('claimsUntilDefault', { time: claimsUntilOf(form) }) : undefined}
          onChange={(value) => set('claimsUntil', value)}
        />
      </div>
      <WindowNotes form={form} />
    </>
  );
};

const GoalFields = ({ state }: { state: FormState }) => {
  const t = useTexts(editorTexts);
  const props = useFieldProps(state);
  const { form, set } = state;
  return (
    <>
      <div className={classes.threeColumns}>
        <Select
          {...props('conditionType')}
          label={t('conditionType')}
          data={CONDITION_TYPES.map((value) => ({ value, label: t(CONDITION_TEXTS[value]) }))}
          value={form.conditionType}
          onChange={(type) => type && set('conditionType', type)}
        />
        <NumberInput
          {...props('count')}
          label={t(form.conditionType === 'LOGIN_COUNT' ? 'countLogins' : 'countDays')}
          value={form.count}
          hideControls
          allowDecimal={false}
          allowNegative={false}
          className={classes.number}
          onChange={(value) => set('count', String(value))}
        />
        {form.conditionType === 'LOGIN_STREAK' && (
          <NumberInput
            {...props('graceDays')}
            label={t('graceDays')}
            value={form.graceDays}
            hideControls
            allowDecimal={false}
            allowNegative={false}
            className={classes.number}
            onChange={(value) => set('graceDays', String(value))}
          />
        )}
      </div>
      <div className={classes.columns}>
        <Select
          {...props('cycle')}
          label={t('cycle')}
          data={CYCLE_CHOICES.map((value) => ({ value, label: t(CYCLE_TEXTS[value]) }))}
          value={form.cycle}
          onChange={(cycle) => cycle && set('cycle', cycle)}
        />
        <Select
          {...props('automation')}
          label={t('automation')}
          data={AUTOMATIONS.map((value) => ({ value, label: t(AUTOMATION_TEXTS[value]) }))}
          value={form.automation}
          onChange={(automation) => automation && set('automation', automation)}
        />
      </div>
    </>
  );
};
