import type { Position, ReadModelVersion } from '@rewards/contracts';

export interface LogEnd {
  readonly id: string;
  readonly head: Position;
}

/** Why a version of a read model cannot go on from its checkpoint; null when it can. */
export const whyRebuild = ({ logId, position }: ReadModelVersion, log: LogEnd): string | null => {
  if (logId !== log.id) return 'It was filled from another log. Rebuild it.';
  if (position > log.head) return 'Its checkpoint is past the end of the log. Rebuild it.';
  return null;
};
