import type { Schemas } from '../../shared/api/client';
import { useTexts } from '../../shared/i18n/texts';
import { deliveryStatusTexts } from './delivery-status-texts';
import { Status, type Tone } from './status';

type DeliveryState = Schemas['DeliveryResponse']['status'];

const TONES: Readonly<Record<DeliveryState, Tone>> = {
  PENDING: 'info',
  DELIVERED: 'good',
  PARKED: 'warn',
  ABANDONED: 'quiet',
};

/** Whether the game has a reward. */
export const DeliveryStatus = ({ status }: { readonly status: DeliveryState }) => {
  const t = useTexts(deliveryStatusTexts);
  return <Status tone={TONES[status]}>{t(status)}</Status>;
};
