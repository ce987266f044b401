import { accessSync, constants, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Logger } from './logger';

/** What a service keeps: databases with their logs and indexes, keys, and the first administrator's password and e-mail. */
const OURS = /\.(db|db-wal|db-shm|pem)$|-admin-(password|email)$/;
/** Folders of `DATA_DIR` that hold such files. */
const FOLDERS = ['.', 'bus', 'keys'];

/**
 * Creates `DATA_DIR` if it is missing, and tries whether this process may use it and what is in it.
 * @returns one sentence that says why it cannot be used and what to do, null when it can
 */
export const dataDirProblem = (dataDir: string): string | null => {
  try {
    makeFolder(dataDir);
    for (const folder of FOLDERS) checkFolder(join(dataDir, folder));
    tryToWrite(dataDir);
    return null;
  } catch (error) {
    const { code, path = dataDir, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    return complaint(dataDir, path, code);
  }
};

/** Warns if other users of the machine can enter `DATA_DIR`. */
export const warnOfWideDataDir = (dataDir: string, logger: Logger): void => {
  const mode = (statSync(dataDir, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
  if ((mode & 0o077) === 0) return;
  logger.warn(
    { dataDir, mode: mode.toString(8) },
    'other users of this machine can enter DATA_DIR. Its files are private, but run chmod 700 on it',
  );
};

/** Node's own `recursive` never ends below `/proc`, where a folder that exists has no room for another one. */
const makeFolder = (folder: string): void => {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another service may have been faster.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
};

const checkFolder = (folder: string): void => {
  if (!statSync(folder, { throwIfNoEntry: false })) return;
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  for (const name of readdirSync(folder)) {
    if (OURS.test(name)) accessSync(join(folder, name), constants.R_OK | constants.W_OK);
  }
};

/** The mode says nothing about attributes of the file system, or about folders of the kernel. */
const tryToWrite = (folder: string): void => {
  const file = join(folder, `.writable-${process.pid}`);
  try {
    writeFileSync(file, '', { mode: 0o600 });
    rmSync(file);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    // A full disk is no wrong setting: the service starts and waits for space.
    if (code !== 'ENOSPC') throw Object.assign(new Error('the folder cannot be written to'), { code, syscall, path: folder });
  }
};

const REASONS: Readonly<Record<string, (path: string) => string>> = {
  EROFS: (path) => `${path} is on a read-only file system`,
  EEXIST: (path) => `${path} is a file, not a folder`,
  ENOTDIR: (path) => `a part of ${path} is a file, not a folder`,
  ENOENT: (path) => `${path} cannot be created`,
};

const complaint = (dataDir: string, path: string, code: string | undefined): string => {
  if (code !== 'EACCES' && code !== 'EPERM') {
    const reason = REASONS[code ?? '']?.(path) ?? `${code} at ${path}`;
    return `DATA_DIR (${dataDir}) cannot be used: ${reason}. Set DATA_DIR to a folder that this process may write to.`;
  }
  const uid = process.geteuid?.() ?? 'unknown';
  const owner = ownerOf(path);
  const whose = owner === null ? '' : `, which belongs to uid ${owner}`;
  return (
    `DATA_DIR (${dataDir}) cannot be used: this process runs as uid ${uid} and may not read and write ${path}${whose}. ` +
    `Run chown -R ${uid} ${dataDir}, or set DATA_DIR to another folder.`
  );
};

const ownerOf = (path: string): number | null => {
  try {
    return statSync(path).uid;
  } catch {
    return null;
  }
};
