import type { Position, ReadModelVersion } from '@rewards/contracts';

export interface LogEnd {
  readonly id: string;
  readonly head: Position;
}

/**
 * Why a read model cannot go on from its checkpoint; null when it can.
 * @param table version of the table that would go on filling it
 */
export const whyRebuild = (live: ReadModelVersion, table: number, log: LogEnd): string | null => {
  if (live.logId !== log.id) return 'It was filled from another log. Rebuild it.';
  if (live.position > log.head) return 'Its checkpoint is past the end of the log. Rebuild it.';
  if (live.table !== table) return `It was filled by version ${live.table} of its table, not ${table}. Rebuild it.`;
  return null;
};
