import type { Logger } from './logger';

const STOP_PATIENCE_MS = 10_000;
/** How long a stopped process may be kept alive by what was not closed. */
const EXIT_PATIENCE_MS = 1_000;
/** One Ctrl-C arrives twice, from the terminal and from `npm start`; only a later signal is a second one. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Stops this process gracefully on SIGTERM or SIGINT. A second signal, or ten seconds, end it at once.
 * @param close finishes what is in flight
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
    // A process that ends by itself lets SQLite remove its files beside the databases; `process.exit` would not.
    setTimeout(() => process.exit(0), EXIT_PATIENCE_MS).unref();
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
  return { hasStopped: () => isStopped };
};
