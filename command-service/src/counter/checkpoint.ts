import { COUNTER_CHECKPOINTS, type Checkpoint } from '@rewards/contracts';
import type { CollectionSpec } from '@rewards/document-store';
import type { SavedDocument } from '../saved-state';

/** The checkpoints of the counter and of each backfill. */
export const CHECKPOINTS: CollectionSpec<Checkpoint> = COUNTER_CHECKPOINTS;

/** What the counter has folded up to its checkpoint, or a little before it. */
export const COUNTER_STATE: CollectionSpec<SavedDocument> = { name: 'counterState', indexes: [] };

/** The logins that a catch-up counts. A missing member does not restrict them. */
export interface CountingScope {
  /** The reward event that the logins count for. */
  readonly eventId?: string;
  readonly accountId?: string;
  /** The stream that contains the logins. */
  readonly loginStream?: string;
}

/** Logins that the counter skipped because it could not count them. They are counted once that is possible. */
export interface DeferredCounting {
  readonly scope: CountingScope;
  /** Everything up to here was counted. */
  readonly from: Checkpoint;
  /** Why they could not be counted. */
  readonly reason: string;
}

/** The deferred countings, each stored under the `scopeKey` of its scope. */
export const DEFERRED: CollectionSpec<DeferredCounting> = { name: 'deferredCounting', indexes: [] };

/** Returns the key of a scope. */
export const scopeKey = ({ eventId = '', accountId = '', loginStream = '' }: CountingScope): string =>
  [eventId, accountId, loginStream].filter((part) => part !== '').join('_');
