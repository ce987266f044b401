import { useTexts } from '../../shared/i18n/texts';
import { Status, type Tone } from '../components/status';
import type { PlayerParticipation } from './queries';
import { playerTexts } from './texts';

type ParticipationState = PlayerParticipation['status'];
type MilestoneState = PlayerParticipation['milestones'][number]['status'];

const STATES = {
  NOT_STARTED: ['quiet', 'notStarted'],
  IN_PROGRESS: ['info', 'inProgress'],
  ELIGIBLE: ['warn', 'eligible'],
  COMPLETED: ['good', 'completed'],
} as const satisfies Record<ParticipationState, readonly [Tone, string]>;

const MILESTONE_STATES = {
  LOCKED: ['quiet', 'locked'],
  ELIGIBLE: ['warn', 'reached'],
  COMPLETED: ['good', 'completed'],
} as const satisfies Record<MilestoneState, readonly [Tone, string]>;

/** The state of a participation. */
export const ParticipationStatus = ({ status }: { readonly status: ParticipationState }) => {
  const t = useTexts(playerTexts);
  const [tone, text] = STATES[status];
  return <Status tone={tone}>{t(text)}</Status>;
};

/** The state of a milestone. */
export const MilestoneStatus = ({ status }: { readonly status: MilestoneState }) => {
  const t = useTexts(playerTexts);
  const [tone, text] = MILESTONE_STATES[status];
  return <Status tone={tone}>{t(text)}</Status>;
};
