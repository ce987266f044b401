import { Tooltip } from '@mantine/core';
import { useTexts } from '../../shared/i18n/texts';
import { shellTexts } from '../shell/texts';
import { useEventZone, useZoneMode } from './zone-mode';
import { formatTime, localZone, offsetName, zoneFor, type Precision } from './zones';
import classes from './time.module.css';

interface TimeProps {
  /** ISO 8601. */
  readonly at: string | null | undefined;
  /** Zone of the event; by default that of the surrounding `InEventZone`. */
  readonly zone?: string | undefined;
  readonly precision?: Precision;
}

/** A time in the chosen zone. Its tooltip shows it in the others. */
export const Time = ({ at, zone, precision = 'minute' }: TimeProps) => {
  const mode = useZoneMode();
  const t = useTexts(shellTexts);
  const surrounding = useEventZone();
  const eventZone = zone ?? surrounding;
  if (!at) return <span aria-hidden>–</span>;
  const shown = zoneFor(mode, eventZone);
  const rows = [
    ...(eventZone ? [[t('zoneEvent'), eventZone] as const] : []),
    [t('zoneUtc'), 'UTC'] as const,
    [t('zoneLocal'), localZone()] as const,
  ];
  const label = (
    <span className={classes.zones}>
      {rows.map(([name, each]) => (
        <span key={name} className={classes.row}>
          <span>{name}</span>
          <span>{formatTime(at, each, 'second')}</span>
          <span>{offsetName(at, each)}</span>
        </span>
      ))}
    </span>
  );
  return (
    <Tooltip label={label} openDelay={250} withinPortal>
      <time dateTime={at} className={classes.time}>
        {formatTime(at, shown, precision)}
      </time>
    </Tooltip>
  );
};
