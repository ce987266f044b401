import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const FILE = 'npm-start.lock';

/**
 * Acquires the lock that allows one `npm start` for each data directory, and releases it when this process exits. A lock of an
 * exited process is stale and is replaced. The lock stores the process id and the start time, because ids are reused.
 * @returns process id of another holder, or null if this process has acquired the lock
 */
export const lockDataDir = (dataDir) => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, FILE);
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ host: hostname(), pid: process.pid, startedAt: startTimeOf(process.pid) }), {
    mode: 0o600,
  });
  try {
    for (;;) {
      const holder = tryToLink(own, file);
      if (holder === null) break;
      if (isAlive(holder)) return holder.pid;
      removeStale(file, holder, `${own}.stale`);
    }
  } finally {
    rmSync(own, { force: true });
  }
  process.on('exit', () => rmSync(file, { force: true }));
  return null;
};

/** Creates the lock atomically, so that no process reads a partly written one. @returns the current holder, or null on success */
const tryToLink = (own, file) => {
  try {
    linkSync(own, file);
    return null;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return read(file);
  }
};

/** Removes a stale lock. If another process has already replaced it, restores that lock. */
const removeStale = (file, stale, movedFile) => {
  try {
    renameSync(file, movedFile);
    if (JSON.stringify(read(movedFile)) !== JSON.stringify(stale)) linkSync(movedFile, file);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(movedFile, { force: true });
  }
};

const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { pid: 0 };
  }
};

/** Returns whether the holder is running. The folder is local, so another host name belongs to an earlier container. */
const isAlive = ({ host, pid, startedAt }) =>
  host === hostname() && pid > 0 && startedAt !== null && startTimeOf(pid) === startedAt;

/** Returns the start time of a process in the format of the system, or null if it does not exist. */
const startTimeOf = (pid) => {
  try {
    // The process name, in parentheses, may contain any character. The twentieth field after it is the start in ticks since boot.
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[19];
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return null;
  }
};
