import { parsePosition, type Position } from '@rewards/contracts';

/** Returns the share of the log up to `whole` that `position` has passed, from 0 to 1. */
export const shareOf = (position: Position, whole: Position): number => {
  const [done, all] = [Number(parsePosition(position).commit), Number(parsePosition(whole).commit)];
  return all === 0 ? 1 : Math.min(1, done / all);
};

/** Formats a line such as `[####----]  50%`. @param share from 0 to 1 @param width of the bar in characters */
export const progressBar = (share: number, width: number): string => {
  const filled = Math.floor(share * width);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return `[${'#'.repeat(filled)}${'-'.repeat(width - filled)}] ${percent}`;
};
