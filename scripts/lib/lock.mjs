import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
/** A lock without a heartbeat for this long is stale. Needed for holders on another machine, whose process cannot be checked. */
const STALE_MS = 15_000;
const POLL_MS = 100;

/**
 * Runs a task under a lock between processes. A heartbeat renews the lock while the task runs.
 * @param directory exists while the lock is held
 * @param onWait called once if another process holds the lock
 */
export const withLock = async (directory, task, onWait) => {
  if (!tryAcquire(directory)) {
    onWait();
    while (!tryAcquire(directory)) await delay(POLL_MS);
  }
  const heartbeat = setInterval(() => utimesSync(directory, new Date(), new Date()), HEARTBEAT_MS).unref();
  const release = () => rmSync(directory, { recursive: true, force: true });
  process.on('exit', release);
  try {
    return await task();
  } finally {
    clearInterval(heartbeat);
    process.off('exit', release);
    release();
  }
};

const tryAcquire = (directory) => {
  try {
    mkdirSync(directory);
    writeFileSync(join(directory, 'owner'), JSON.stringify({ host: hostname(), pid: process.pid }));
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    discardStale(directory);
    return false;
  }
};

/** Removes a stale lock. The rename is atomic, so only one of two processes succeeds. */
const discardStale = (directory) => {
  try {
    const age = Date.now() - statSync(directory).mtimeMs;
    if (age < STALE_MS && !isOwnerDead(directory)) return;
    const discarded = `${directory}.${process.pid}`;
    renameSync(directory, discarded);
    rmSync(discarded, { recursive: true, force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
};

const isOwnerDead = (directory) => {
  try {
    const { host, pid } = JSON.parse(readFileSync(join(directory, 'owner'), 'utf8'));
    if (host !== hostname()) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // A lock without a readable owner is being created, or becomes stale.
    return error.code === 'ESRCH';
  }
};
