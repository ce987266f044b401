import type { Schemas } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { Count } from '../components/number';
import { balanceKey } from './time-machine/differences';
import { MilestoneStatus } from './participation-status';
import { playerTexts } from './texts';
import classes from './players.module.css';

interface RewardTableProps {
  readonly milestones: readonly Schemas['RewardedMilestoneResponse'][];
  /** Earlier values of the cells that changed, by their key. */
  readonly changes?: ReadonlyMap<string, string | number | null>;
}

const NO_CHANGES: ReadonlyMap<string, string | number | null> = new Map();

/** The rewards of all milestones: what was promised, claimed, and remains. */
export const RewardTable = ({ milestones, changes = NO_CHANGES }: RewardTableProps) => {
  const t = useTexts(playerTexts);
  const isChanged = (key: string): true | undefined => changes.has(key) || undefined;
  return (
    <table className={classes.balances}>
      <thead>
        <tr>
          <th scope="col">{t('reward')}</th>
          <th scope="col">{t('promised')}</th>
          <th scope="col">{t('claimed')}</th>
          <th scope="col">{t('remaining')}</th>
        </tr>
      </thead>
      {milestones.map(({ count, status, rewards }) => (
        <tbody key={count}>
          {milestones.length > 1 && (
            <tr className={classes.group} data-changed={isChanged(`milestone ${count}`)}>
              <th scope="rowgroup">{t('milestone', { count })}</th>
              <td colSpan={3}>
                <MilestoneStatus status={status} />
              </td>
            </tr>
          )}
          {rewards.map(({ name, amount, claimed, remaining }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td data-changed={isChanged(balanceKey(count, name, 'amount'))}>
                <Count value={amount} />
              </td>
              <td data-changed={isChanged(balanceKey(count, name, 'claimed'))}>
                <Count value={claimed} />
              </td>
              <td data-changed={isChanged(balanceKey(count, name, 'remaining'))}>
                <Count value={remaining} />
              </td>
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
};
