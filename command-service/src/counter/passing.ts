import { DocumentStoreUnavailable } from '@rewards/document-store';
import { EventStoreUnavailable, TooMuchContention } from '@rewards/event-store';

/** Whether a retry may succeed: the engine or the contention failed, not what was asked of it. */
export const isPassing = (error: unknown): boolean =>
  error instanceof EventStoreUnavailable || error instanceof DocumentStoreUnavailable || error instanceof TooMuchContention;
