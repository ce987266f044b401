import type { Logger } from './logger';

const STOP_PATIENCE_MS = 10_000;
/** How long unclosed resources may keep a stopped process alive. */
const EXIT_PATIENCE_MS = 1_000;
/** One Ctrl-C arrives twice, from the terminal and from `npm start`. Only a signal after this time is a second one. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Stops this process gracefully on SIGTERM or SIGINT. A second signal, or ten seconds, end it at once.
 * @param close finishes the work in flight
 */
export const stopOnSignal = (logger: Logger, close: () => Promise<void>): { readonly hasStopped: () => boolean } => {
  let stoppingSince: number | null = null;
  let isStopped = false;
  const stop = async (signal: string) => {
    if (stoppingSince !== null) {
      if (performance.now() - stoppingSince > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    stoppingSince = performance.now();
    logger.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), STOP_PATIENCE_MS).unref();
    await close();
    logger.info('stopped');
    isStopped = true;
    process.exitCode = 0;
    // If the process ends on its own, SQLite removes its auxiliary files; `process.exit` would leave them.
    setTimeout(() => process.exit(0), EXIT_PATIENCE_MS).unref();
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
  return { hasStopped: () => isStopped };
};
