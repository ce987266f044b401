import type { Checkpoint } from '@rewards/contracts';
import type { CollectionSpec } from '@rewards/document-store';

/** How far logins have been counted, by the counter and by each backfill. */
export const CHECKPOINTS: CollectionSpec<Checkpoint> = { name: 'checkpoints', indexes: [] };

/** Which logins, of which events. What is left out means all of them. */
export interface CountingScope {
  /** The reward event that they count for. */
  readonly eventId?: string;
  readonly accountId?: string;
  /** The stream that they were recorded in. */
  readonly loginStream?: string;
}

/** Logins that the counter passed over because it could not count them, to be counted once that is possible. */
export interface DeferredCounting {
  readonly scope: CountingScope;
  /** Everything up to here was counted. */
  readonly from: Checkpoint;
  /** Why they could not be counted. */
  readonly reason: string;
}

/** Each under `scopeKey` of its scope. */
export const DEFERRED: CollectionSpec<DeferredCounting> = { name: 'deferredCounting', indexes: [] };

/** Names a scope. */
export const scopeKey = ({ eventId = '', accountId = '', loginStream = '' }: CountingScope): string =>
  [eventId, accountId, loginStream].filter((part) => part !== '').join('_');
