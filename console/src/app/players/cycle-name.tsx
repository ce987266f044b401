import { useTexts } from '../../shared/i18n/texts';
import type { RewardEvent } from './queries';
import { playerTexts } from './texts';

interface CycleNameProps {
  /** First day of the cycle; null in an event without cycles. */
  readonly day: string | null | undefined;
  readonly event: RewardEvent | undefined;
}

/** The name of a cycle, such as "Week of 2026-11-23". */
export const CycleName = ({ day, event }: CycleNameProps) => {
  const t = useTexts(playerTexts);
  if (!day) return null;
  if (!event?.cycle) return t('cycle', { day });
  return t(`cycle${event.cycle}`, { day: event.cycle === 'MONTH' ? day.slice(0, 7) : day });
};
