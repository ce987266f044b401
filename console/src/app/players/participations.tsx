import { Button } from '@mantine/core';
import { useTexts } from '../../shared/i18n/texts';
import { Empty } from '../components/empty';
import { useUrlState } from '../url-state';
import { EventName, Participation } from './participation';
import type { PlayerParticipation, RewardEvent } from './queries';
import { playerTexts } from './texts';
import classes from './players.module.css';

/** Cycles of one event that are shown at first. */
const SHOWN_CYCLES = 3;

interface ParticipationsProps {
  readonly participations: readonly PlayerParticipation[];
  readonly events: ReadonlyMap<string, RewardEvent>;
}

const byEvent = (participations: readonly PlayerParticipation[]): ReadonlyMap<string, readonly PlayerParticipation[]> => {
  const groups = new Map<string, PlayerParticipation[]>();
  for (const one of participations) groups.set(one.eventId, [...(groups.get(one.eventId) ?? []), one]);
  return groups;
};

/** The participations of a player, those of one event together. */
export const Participations = ({ participations, events }: ParticipationsProps) => {
  const t = useTexts(playerTexts);
  const [expanded = '', setExpanded] = useUrlState('open');
  const open = expanded.split(',');
  if (participations.length === 0) return <Empty title={t('noParticipations')}>{t('noParticipationsHelp')}</Empty>;
  return (
    <ul className={classes.events}>
      {[...byEvent(participations)].map(([eventId, cycles]) => {
        const shown = open.includes(eventId) ? cycles : cycles.slice(0, SHOWN_CYCLES);
        const hidden = cycles.length - shown.length;
        const event = events.get(eventId);
        return (
          <li key={eventId} className={classes.event}>
            {cycles[0]?.cycle && <EventName eventId={eventId} event={event} />}
            <ul className={classes.cycles}>
              {shown.map((participation) => (
                <Participation key={participation.cycle ?? ''} participation={participation} event={event} />
              ))}
            </ul>
            {hidden > 0 && (
              <Button variant="default" onClick={() => setExpanded([...open, eventId].filter(Boolean).join(','))}>
                {t('moreCycles', { count: hidden })}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
};
