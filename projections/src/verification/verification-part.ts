import type { Upcast } from '@rewards/contracts';
import type { DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { Checkpoints } from '../runner/checkpoints';

export interface VerificationEngines {
  readonly store: EventStore;
  readonly views: DocumentStore;
  readonly checkpoints: Checkpoints;
  readonly upcast: Upcast;
}

/** The work of one thread: the rules of the log and the documents of accounts, or all other documents. */
export type VerificationPart = 'accounts' | 'events';
