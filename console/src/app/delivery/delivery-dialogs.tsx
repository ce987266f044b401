import { Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useRef, useState, type RefObject } from 'react';
import { dataOf } from '../../shared/api/client';
import { ApiProblem } from '../../shared/api/problem';
import { useTexts } from '../../shared/i18n/texts';
import { Confirm } from '../components/confirm';
import { Details } from '../components/details';
import { Count } from '../components/number';
import { api } from '../session';
import { Time } from '../time/time';
import { useRefresh, type Delivery } from './queries';
import { deliveryTexts } from './texts';

interface DialogProps {
  readonly delivery: Delivery;
  readonly onClose: () => void;
}

/** The reason of an action: required, and focused if it is missing. */
const useReason = () => {
  const [text, setText] = useState('');
  const [isMissing, setIsMissing] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const reason = text.trim();
  const isComplete = (): boolean => {
    setIsMissing(reason === '');
    if (reason === '') input.current?.focus();
    return reason !== '';
  };
  const change = (value: string): void => {
    setText(value);
    if (value.trim() !== '') setIsMissing(false);
  };
  return { reason, isComplete, field: <ReasonField input={input} value={text} isMissing={isMissing} onChange={change} /> };
};

interface ReasonFieldProps {
  readonly input: RefObject<HTMLTextAreaElement | null>;
  readonly value: string;
  readonly isMissing: boolean;
  readonly onChange: (value: string) => void;
}

const ReasonField = ({ input, value, isMissing, onChange }: ReasonFieldProps) => {
  const t = useTexts(deliveryTexts);
  return (
    <Textarea
      ref={input}
      label={t('reason')}
      description={t('reasonHelp')}
      error={isMissing && t('reasonMissing')}
      maxLength={500}
      autosize
      minRows={2}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      data-autofocus
    />
  );
};

/** Sends a delivery again. One that was delivered needs a reason. */
export const ResendDialog = ({ delivery, onClose }: DialogProps) => {
  const t = useTexts(deliveryTexts);
  const refresh = useRefresh();
  const { reason, isComplete, field } = useReason();
  const [deliveredAt, setDeliveredAt] = useState(delivery.deliveredAt);
  const run = async (): Promise<void> => {
    const body = deliveredAt === null ? {} : { force: true, reason };
    const { deliveryId } = delivery;
    try {
      await dataOf(api.POST('/deliveries/{deliveryId}/resend', { params: { path: { deliveryId } }, body }));
    } catch (error) {
      // It was delivered while the dialog was open.
      if (error instanceof ApiProblem && error.code === 'ALREADY_DELIVERED') setDeliveredAt(String(error.problem.deliveredAt));
      throw error;
    } finally {
      await refresh();
    }
    notifications.show({ message: t('resent') });
  };
  const isForced = deliveredAt !== null;
  return (
    <Confirm
      title={t('resendTitle')}
      action={t(isForced ? 'force' : 'resend')}
      isDangerous={isForced}
      isComplete={() => !isForced || isComplete()}
      onConfirm={run}
      onClose={onClose}
    >
      <What delivery={delivery} deliveredAt={deliveredAt} />
      {isForced && <Text>{t('forceEffect')}</Text>}
      <Text>{t('resendEffect')}</Text>
      {isForced && field}
    </Confirm>
  );
};

/** Gives a delivery up. */
export const AbandonDialog = ({ delivery, onClose }: DialogProps) => {
  const t = useTexts(deliveryTexts);
  const refresh = useRefresh();
  const { reason, isComplete, field } = useReason();
  const run = async (): Promise<void> => {
    const body = { reason };
    const { deliveryId } = delivery;
    try {
      await dataOf(api.POST('/deliveries/{deliveryId}/abandon', { params: { path: { deliveryId } }, body }));
    } finally {
      await refresh();
    }
    notifications.show({ message: t('abandoned') });
  };
  return (
    <Confirm
      title={t('abandonTitle')}
      action={t('abandon')}
      isDangerous
      isComplete={isComplete}
      onConfirm={run}
      onClose={onClose}
    >
      <What delivery={delivery} deliveredAt={null} />
      <Text>{t('abandonEffect')}</Text>
      <Text>{t('abandonLater')}</Text>
      {field}
    </Confirm>
  );
};

const What = ({ delivery: { rewardName, amount }, deliveredAt }: { delivery: Delivery; deliveredAt: string | null }) => {
  const t = useTexts(deliveryTexts);
  return (
    <Details
      rows={[
        [t('reward'), rewardName],
        [t('amount'), <Count key="amount" value={amount} />],
        [t('deliveredOn'), deliveredAt && <Time key="at" at={deliveredAt} precision="second" />],
      ]}
    />
  );
};
