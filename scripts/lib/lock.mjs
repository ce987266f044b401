import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const HEARTBEAT_MS = 2_000;
/** A holder on another machine that shares the folder cannot be asked; one that is silent for so long is gone. */
const STALE_MS = 15_000;
const POLL_MS = 100;

/**
 * Runs the task while no other process holds the lock, whose owner renews it as long as it lives.
 * @param directory exists exactly while the lock is held
 * @param onWait told once when somebody else holds it
 */
export const withLock = async (directory, task, onWait) => {
  if (!tryTake(directory)) {
    onWait();
    while (!tryTake(directory)) await delay(POLL_MS);
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

const tryTake = (directory) => {
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

/** Renamed before it is removed, so that it goes in one step: of two that find it stale, one succeeds. */
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
    // A lock that has no readable owner yet is being made this moment, or it goes stale.
    return error.code === 'ESRCH';
  }
};
