import { TooMuchContention } from '@rewards/event-store';
import { engineFailure } from '@rewards/service-kit/failures';

/** Returns whether an engine failed or version conflicts persisted; neither is caused by the message or login being handled. */
export const isUnavailable = (error: unknown): boolean => engineFailure(error) !== null || error instanceof TooMuchContention;
