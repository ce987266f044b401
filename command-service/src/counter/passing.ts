import { TooMuchContention } from '@rewards/event-store';
import { engineFailure } from '@rewards/service-kit/failures';

/** Whether a retry may succeed: the engine or the contention failed, not what was asked of it. */
export const isPassing = (error: unknown): boolean =>
  error instanceof TooMuchContention || engineFailure(error)?.isDamaged === false;
