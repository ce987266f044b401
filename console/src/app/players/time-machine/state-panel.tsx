import type { ReactNode } from 'react';
import type { Schemas } from '../../../shared/api/client';
import { useTexts } from '../../../shared/i18n/texts';
import { Count } from '../../components/number';
import { Time } from '../../time/time';
import { ParticipationStatus } from '../participation-status';
import { RewardTable } from '../reward-table';
import type { Value } from './differences';
import { timeMachineTexts } from './texts';
import { ValueText } from './value-text';
import classes from './time-machine.module.css';

interface StatePanelProps {
  readonly state: Schemas['PastStateResponse'];
  /** Earlier values of what the step changed. */
  readonly changes: ReadonlyMap<string, Value>;
}

/** The state of a participation at one moment, with what the last event changed marked. */
export const StatePanel = ({ state, changes }: StatePanelProps) => {
  const t = useTexts(timeMachineTexts);
  const { status, progress = 0, required, completedAt, milestones, termsVersion, logins, claims } = state;
  const { omittedLogins = 0, omittedClaims = 0 } = state;
  const entry = (name: string, key: string, shown: ReactNode) => (
    <div data-changed={changes.has(key) || undefined}>
      <dt>{name}</dt>
      <dd>
        <span>{shown}</span>
        {changes.has(key) && (
          <span className={classes.was}>
            <Was name={key} value={changes.get(key) ?? null} />
          </span>
        )}
      </dd>
    </div>
  );
  return (
    <div className={classes.state}>
      <dl className={classes.values}>
        {entry(t('status'), 'status', <ParticipationStatus status={status} />)}
        {entry(
          t('progress'),
          'progress',
          <>
            <Count value={progress} /> / <Count value={required} />
          </>,
        )}
        {entry(t('completedAt'), 'completedAt', <Time at={completedAt} />)}
        {termsVersion !== undefined && entry(t('termsVersion'), '', termsVersion)}
        {logins && entry(t('countedLogins'), '', <Count value={logins.length + omittedLogins} />)}
        {claims && entry(t('grantedClaims'), '', <Count value={claims.length + omittedClaims} />)}
      </dl>
      {milestones && <RewardTable milestones={milestones} changes={changes} />}
    </div>
  );
};

const Was = ({ name, value }: { readonly name: string; readonly value: Value }) => {
  const t = useTexts(timeMachineTexts);
  const [before, after] = t('was', { value: '⟦⟧' }).split('⟦⟧');
  return (
    <>
      {before}
      <ValueText name={name} value={value} />
      {after}
    </>
  );
};
