import { TooMuchContention } from '@rewards/event-store';
import { engineFailure } from '@rewards/service-kit/failures';

/** Whether an engine failed, or other writers won every race: never the fault of the message or login that was handled. */
export const isUnavailable = (error: unknown): boolean => engineFailure(error) !== null || error instanceof TooMuchContention;
