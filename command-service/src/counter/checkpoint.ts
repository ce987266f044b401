import type { Position } from '@rewards/contracts';
import type { CollectionSpec } from '@rewards/document-store';

/** Up to where logins have been counted, and in which log. */
export interface CounterCheckpoint {
  readonly logId: string;
  readonly position: Position;
}

export const CHECKPOINTS: CollectionSpec<CounterCheckpoint> = { name: 'checkpoints', indexes: [] };
