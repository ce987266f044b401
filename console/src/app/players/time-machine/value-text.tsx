import type { Schemas } from '../../../shared/api/client';
import { useTexts } from '../../../shared/i18n/texts';
import { Count } from '../../components/number';
import { Time } from '../../time/time';
import { MilestoneStatus, ParticipationStatus } from '../participation-status';
import type { Value } from './differences';
import { timeMachineTexts } from './texts';

const STATUSES: readonly Schemas['PastStateResponse']['status'][] = ['NOT_STARTED', 'IN_PROGRESS', 'ELIGIBLE', 'COMPLETED'];
const MILESTONE_STATUSES: readonly Schemas['MilestoneProgressResponse']['status'][] = ['LOCKED', 'ELIGIBLE', 'COMPLETED'];

interface ValueTextProps {
  /** Key of the value. */
  readonly name: string;
  readonly value: Value | undefined;
}

/** A value of a state in words. */
export const ValueText = ({ name, value }: ValueTextProps) => {
  const t = useTexts(timeMachineTexts);
  if (value === null || value === undefined) return t('none');
  if (typeof value === 'number') return <Count value={value} />;
  if (name === 'completedAt') return <Time at={value} precision="second" />;
  const status = STATUSES.find((each) => each === value);
  if (name === 'status' && status) return <ParticipationStatus status={status} />;
  const milestone = MILESTONE_STATUSES.find((each) => each === value);
  return milestone ? <MilestoneStatus status={milestone} /> : value;
};
