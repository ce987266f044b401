import { useTexts } from '../../shared/i18n/texts';
import { useLazyTooltip } from '../components/lazy-tooltip';
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
  const surrounding = useEventZone();
  const eventZone = zone ?? surrounding;
  const [handlers, tooltip] = useLazyTooltip(() => <InAllZones at={at ?? ''} eventZone={eventZone} />);
  if (!at) return <span aria-hidden>–</span>;
  return (
    <>
      <time dateTime={at} className={classes.time} {...handlers}>
        {formatTime(at, zoneFor(mode, eventZone), precision)}
      </time>
      {tooltip}
    </>
  );
};

const InAllZones = ({ at, eventZone }: { at: string; eventZone: string | undefined }) => {
  const t = useTexts(shellTexts);
  const rows = [
    ...(eventZone ? [[t('zoneEvent'), eventZone] as const] : []),
    [t('zoneUtc'), 'UTC'] as const,
    [t('zoneLocal'), localZone()] as const,
  ];
  return (
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
};
