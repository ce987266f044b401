import type { DeliveryStatus } from '@rewards/contracts';
import { reject } from '@rewards/domain';
import { EndTime, Flag, Id, OneOf, OpaqueText, Time, type FieldOptions } from '@rewards/service-kit/fields';

const MAX_REASON = 500;

/** Why an operator acts, for auditors. */
const Reason = (options: FieldOptions = {}) => OpaqueText(MAX_REASON, options);

export class ResendDeliveryBody {
  @Flag({ optional: true })
  force?: boolean;

  @Reason({ optional: true })
  reason?: string;
}

export class AbandonDeliveryBody {
  @Reason()
  reason: string;
}

export class ResendDeliveriesBody {
  @Id({ optional: true })
  endpointId?: string;

  @OneOf(['PARKED'] satisfies DeliveryStatus[])
  status: 'PARKED';

  @Time({ optional: true })
  from?: string;

  @EndTime('from')
  to?: string;
}

/**
 * Returns why a delivery is sent again although it was delivered; undefined if it is to be sent only if it was not.
 * @throws Rejected INVALID_FIELDS if only one of `force` and `reason` is given
 */
export const toForceReason = ({ force = false, reason }: ResendDeliveryBody): string | undefined => {
  if (force === (reason !== undefined)) return reason;
  const error = force
    ? { field: 'reason', message: 'is required with force: true' }
    : { field: 'reason', message: 'requires force: true' };
  return reject('INVALID_FIELDS', { errors: [error] });
};
