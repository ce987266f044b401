import { ActionIcon, Menu, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDots } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { MAX_AMOUNT } from '@rewards/contracts/reward-event';
import { useState } from 'react';
import type { Schemas } from '../../shared/api/client';
import { ApiProblem } from '../../shared/api/problem';
import { useLanguage, useTexts } from '../../shared/i18n/texts';
import { Confirm } from '../components/confirm';
import { useMayCall } from '../session';
import { rewardActionsFor, type RewardAction } from './actions';
import { runRewardAction } from './calls';
import { Concerned } from './concerned';
import { Reason } from './event-action-dialog';
import type { RewardEvent } from './event-query';
import { actionTexts } from './texts';
import classes from './event-actions.module.css';

interface RewardActionsProps {
  readonly event: RewardEvent;
  readonly etag: string;
  /** Count of the reward's milestone. */
  readonly milestone: number;
  readonly reward: Schemas['EventRewardResponse'];
}

const ROUTE = { amount: 'change', hold: 'hold', release: 'release', withdraw: 'withdraw' } as const;

/** Actions on one reward: change its amount, hold, release, withdraw. Shows only those that state and role allow. */
export const RewardActions = ({ event, etag, milestone, reward }: RewardActionsProps) => {
  const t = useTexts(actionTexts);
  const mayCall = useMayCall();
  const [chosen, setChosen] = useState<RewardAction | null>(null);
  const actions = rewardActionsFor(event, milestone, reward).filter((action) =>
    mayCall(`POST /events/{eventId}/rewards/{name}/${ROUTE[action]}`),
  );
  if (actions.length === 0) return null;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon aria-label={t('rewardActions', { name: reward.name })}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {actions.map((action) => (
            <Menu.Item
              key={action}
              className={action === 'withdraw' ? classes.danger : undefined}
              onClick={() => setChosen(action)}
            >
              {t(action)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {chosen && (
        <RewardActionDialog
          action={chosen}
          event={event}
          etag={etag}
          milestone={milestone}
          reward={reward}
          onClose={() => setChosen(null)}
        />
      )}
    </>
  );
};

const DONE = { amount: 'doneAmount', hold: 'doneHold', release: 'doneRelease', withdraw: 'doneWithdraw' } as const;

interface RewardActionDialogProps extends RewardActionsProps {
  readonly action: RewardAction;
  readonly onClose: () => void;
}

const RewardActionDialog = ({ action, event, etag, milestone, reward, onClose }: RewardActionDialogProps) => {
  const t = useTexts(actionTexts);
  const format = new Intl.NumberFormat(useLanguage());
  const queries = useQueryClient();
  const [amount, setAmount] = useState(String(reward.amount));
  const [reason, setReason] = useState('');
  const number = Number(amount.replaceAll(/[,\s]/g, ''));
  const isValid = Number.isInteger(number) && number >= 1 && number <= MAX_AMOUNT;
  const run = async (): Promise<void> => {
    if (!isValid) throw new ApiProblem({ code: 'VALIDATION_FAILED', status: 400, title: t('amountInvalid') });
    try {
      await runRewardAction(action, { eventId: event.eventId, etag, milestone, name: reward.name }, { amount: number, reason });
    } finally {
      await queries.invalidateQueries();
    }
    notifications.show({ message: t(DONE[action]), color: 'gray' });
  };
  return (
    <Confirm
      title={t(`${action}Title`, { name: reward.name })}
      action={t(action)}
      isDangerous={action === 'withdraw'}
      onConfirm={run}
      onClose={onClose}
    >
      <Text>{t(`${action}Effect`)}</Text>
      <dl className={classes.dates}>
        <div>
          <dt>{t('milestone')}</dt>
          <dd>{format.format(milestone)}</dd>
        </div>
        <div>
          <dt>{t('currentAmount')}</dt>
          <dd>{format.format(reward.amount)}</dd>
        </div>
      </dl>
      <Concerned event={event} />
      {action === 'amount' && (
        <TextInput
          label={t('newAmount')}
          inputMode="numeric"
          value={amount}
          error={isValid ? null : t('amountInvalid')}
          onChange={({ currentTarget }) => setAmount(currentTarget.value)}
          data-autofocus
        />
      )}
      {(action === 'hold' || action === 'release') && <Reason value={reason} onChange={setReason} />}
    </Confirm>
  );
};
