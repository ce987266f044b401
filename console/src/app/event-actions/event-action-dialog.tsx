import { Checkbox, Radio, Stack, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiProblem } from '../../shared/api/problem';
import { useTexts } from '../../shared/i18n/texts';
import { Confirm } from '../components/confirm';
import { formatTime } from '../time/zones';
import { Time } from '../time/time';
import { DANGEROUS, grantsForPast, type EventAction } from './actions';
import { runEventAction, type PauseInput } from './calls';
import { Concerned } from './concerned';
import type { RewardEvent } from './event-query';
import { actionTexts } from './texts';
import classes from './event-actions.module.css';

interface EventActionDialogProps {
  readonly action: EventAction;
  readonly event: RewardEvent;
  readonly etag: string;
  readonly onClose: () => void;
  /** Called after the action succeeded. */
  readonly onDone?: () => void;
}

const DONE = {
  publish: 'donePublish',
  unpublish: 'doneUnpublish',
  pause: 'donePause',
  resume: 'doneResume',
  end: 'doneEnd',
  delete: 'doneDelete',
  restore: 'doneRestore',
} as const;

/** Asks before an action on an event: what it does, and how many players it concerns. */
export const EventActionDialog = ({ action, event, etag, onClose, onDone }: EventActionDialogProps) => {
  const t = useTexts(actionTexts);
  const queries = useQueryClient();
  const [pause, setPause] = useState<PauseInput>({ counting: 'CONTINUE', reason: '' });
  const [isPast, setIsPast] = useState(action === 'publish' && grantsForPast(event, Date.now()));
  const [confirmPast, setConfirmPast] = useState(false);
  const run = async (): Promise<void> => {
    try {
      await runEventAction(action, { eventId: event.eventId, etag }, { confirmPast, ...pause });
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'CONFIRM_PAST') setIsPast(true);
      throw error;
    } finally {
      await queries.invalidateQueries();
    }
    notifications.show({ message: t(DONE[action]), color: 'gray' });
    onDone?.();
  };
  return (
    <Confirm
      title={t(`${action}Title`, { name: event.name })}
      action={t(action)}
      isDangerous={DANGEROUS.has(action)}
      onConfirm={run}
      onClose={onClose}
    >
      <Text>{t(`${action}Effect`)}</Text>
      {action === 'publish' && !isPast && Date.parse(event.startsAt) < Date.now() && <Text>{t('publishPast')}</Text>}
      <Dates event={event} />
      <Concerned event={event} />
      {action === 'pause' && <PauseOptions value={pause} onChange={setPause} />}
      {isPast && (
        <Checkbox
          label={t('confirmPast', { start: formatTime(event.startsAt, event.timeZone) })}
          description={t('confirmPastHelp')}
          checked={confirmPast}
          onChange={({ currentTarget }) => setConfirmPast(currentTarget.checked)}
        />
      )}
    </Confirm>
  );
};

const Dates = ({ event: { startsAt, endsAt, claimsUntil, timeZone } }: { event: RewardEvent }) => {
  const t = useTexts(actionTexts);
  return (
    <dl className={classes.dates}>
      {(
        [
          ['beginsAt', startsAt],
          ['endsAt', endsAt],
          ['claimsUntil', claimsUntil],
        ] as const
      ).map(([name, at]) => (
        <div key={name}>
          <dt>{t(name)}</dt>
          <dd>
            <Time at={at} zone={timeZone} />
          </dd>
        </div>
      ))}
    </dl>
  );
};

const PauseOptions = ({ value, onChange }: { value: PauseInput; onChange: (value: PauseInput) => void }) => {
  const t = useTexts(actionTexts);
  return (
    <Stack gap="md">
      <Radio.Group
        label={t('counting')}
        value={value.counting}
        onChange={(counting) => onChange({ ...value, counting: counting === 'STOP' ? 'STOP' : 'CONTINUE' })}
      >
        <Stack gap="sm" mt="xs">
          <Radio size="xs" value="CONTINUE" label={t('countingContinue')} description={t('countingContinueHelp')} />
          <Radio size="xs" value="STOP" label={t('countingStop')} description={t('countingStopHelp')} />
        </Stack>
      </Radio.Group>
      <Reason value={value.reason} onChange={(reason) => onChange({ ...value, reason })} />
    </Stack>
  );
};

/** The reason of an action, for auditors. */
export const Reason = ({ value, onChange }: { value: string; onChange: (value: string) => void }) => {
  const t = useTexts(actionTexts);
  return (
    <Textarea
      label={t('reason')}
      description={t('reasonHelp')}
      maxLength={500}
      autosize
      minRows={2}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
};
