import { useTexts } from '../../shared/i18n/texts';
import { statusTexts } from './event-status-texts';
import { Status, type Tone } from './status';

export const EVENT_STATUSES = ['DRAFT', 'SCHEDULED', 'ACTIVE', 'PAUSED', 'ENDED', 'CLOSED', 'DELETED'] as const;
export type EventStatusName = (typeof EVENT_STATUSES)[number];

/** The tone of each state. */
export const EVENT_TONES: Readonly<Record<EventStatusName, Tone>> = {
  DRAFT: 'quiet',
  SCHEDULED: 'info',
  ACTIVE: 'good',
  PAUSED: 'warn',
  ENDED: 'quiet',
  CLOSED: 'quiet',
  DELETED: 'bad',
};

/** The state of a reward event. */
export const EventStatus = ({ status }: { status: EventStatusName }) => {
  const t = useTexts(statusTexts);
  return <Status tone={EVENT_TONES[status]}>{t(status)}</Status>;
};
