import { ActionIcon, Button, TextInput } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconChevronsLeft } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { useTexts } from '../../../shared/i18n/texts';
import { useEventZone, useZoneMode } from '../../time/zone-mode';
import { formatTime, instantOf, zoneFor } from '../../time/zones';
import type { Moment } from './moment';
import { timeMachineTexts } from './texts';
import classes from './time-machine.module.css';

interface ControlsProps {
  readonly moment: Moment;
  /** Index of the event that is shown; -1 before the first one. */
  readonly index: number;
  readonly count: number;
  readonly onChoose: (moment: Moment) => void;
}

/** Steps from event to event, goes to a time, or back to now. */
export const Controls = ({ moment, index, count, onChoose }: ControlsProps) => {
  const t = useTexts(timeMachineTexts);
  const step = (revision: number): void => onChoose({ kind: 'step', revision });
  return (
    <div className={classes.controls}>
      <ActionIcon.Group>
        <ActionIcon variant="default" onClick={() => step(0)} disabled={index <= 0} aria-label={t('first')}>
          <IconChevronsLeft size={16} />
        </ActionIcon>
        <ActionIcon variant="default" onClick={() => step(index - 1)} disabled={index <= 0} aria-label={t('previous')}>
          <IconChevronLeft size={16} />
        </ActionIcon>
        <ActionIcon variant="default" onClick={() => step(index + 1)} disabled={index >= count - 1} aria-label={t('next')}>
          <IconChevronRight size={16} />
        </ActionIcon>
      </ActionIcon.Group>
      <Button variant="default" onClick={() => onChoose({ kind: 'now' })} disabled={moment.kind === 'now'}>
        {t('now')}
      </Button>
      <span className="numeric">{t('stepOf', { number: index + 1, count })}</span>
      <GoToTime
        key={moment.kind === 'time' ? moment.at : ''}
        at={moment.kind === 'time' ? moment.at : null}
        onChoose={onChoose}
      />
    </div>
  );
};

const TIME = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?$/;

const GoToTime = ({ at, onChoose }: { readonly at: string | null } & Pick<ControlsProps, 'onChoose'>) => {
  const t = useTexts(timeMachineTexts);
  const zone = zoneFor(useZoneMode(), useEventZone());
  const [text, setText] = useState(at === null ? '' : formatTime(at, zone));
  const [isInvalid, setIsInvalid] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const written = text.trim();
    const isTime = TIME.test(written) && !Number.isNaN(Date.parse(`${written.replace(' ', 'T')}Z`));
    setIsInvalid(!isTime);
    if (isTime) onChoose({ kind: 'time', at: instantOf(written, zone) });
  };
  return (
    <form onSubmit={submit} className={classes.goTo}>
      <TextInput
        aria-label={t('asOf')}
        leftSection={<span className={classes.asOf}>{t('asOf')}</span>}
        leftSectionWidth={72}
        placeholder={t('asOfHelp')}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        error={isInvalid && t('invalidTime')}
        autoComplete="off"
      />
      <Button type="submit" variant="default">
        {t('show')}
      </Button>
    </form>
  );
};
