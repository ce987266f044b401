import { constants, setPriority } from 'node:os';

/**
 * Lets all other work of the machine run before the calling thread, if processor time is short. Only Linux has priorities of threads: on
 * other systems this would slow the whole process down, so it does nothing.
 */
export const yieldToOthers = (): void => {
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
};
