import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const FILE = 'npm-start.lock';

/**
 * Makes this process the only `npm start` of a data directory, until it ends. The lock of a process that has ended, whatever way, is
 * taken over: it names the process by its id and its start, so that another process with the same id is not mistaken for it.
 * @returns the process id of the one that has it, null when this process has it now
 */
export const lockDataDir = (dataDir) => {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, FILE);
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ host: hostname(), pid: process.pid, startedAt: startOf(process.pid) }));
  try {
    for (;;) {
      const holder = tryToLink(own, file);
      if (holder === null) break;
      if (isAlive(holder)) return holder.pid;
      discard(file, holder, `${own}.stale`);
    }
  } finally {
    rmSync(own, { force: true });
  }
  process.on('exit', () => rmSync(file, { force: true }));
  return null;
};

/** A link is made in one step, with its content: nobody reads half a lock. @returns who has it, null when it is ours */
const tryToLink = (own, file) => {
  try {
    linkSync(own, file);
    return null;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return read(file);
  }
};

/** Of two that find the same stale lock, one may have taken it over already: that one keeps it. */
const discard = (file, stale, aside) => {
  try {
    renameSync(file, aside);
    if (JSON.stringify(read(aside)) !== JSON.stringify(stale)) linkSync(aside, file);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
};

const read = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { pid: 0 };
  }
};

/** The folder is a local disk: a lock of another host is of a container that had this folder before. */
const isAlive = ({ host, pid, startedAt }) => host === hostname() && pid > 0 && startedAt !== null && startOf(pid) === startedAt;

/** When a process started, as the system writes it; null when there is no such process. */
const startOf = (pid) => {
  try {
    // Its name, in parentheses, may hold anything; the twentieth field after it is the start, in ticks since the machine's.
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[19];
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return null;
  }
};
