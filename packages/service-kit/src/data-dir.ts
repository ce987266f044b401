import { accessSync, constants, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Logger } from './logger';

/** Files of a service: databases with their logs and indexes, keys, and the first administrator's password and e-mail. */
const OWN_FILES = /\.(db|db-wal|db-shm|pem)$|-admin-(password|email)$/;
/** Folders of `DATA_DIR` that contain such files. */
const FOLDERS = ['.', 'bus', 'keys'];

/**
 * Creates `DATA_DIR` if it is missing, and checks that this process can use it and its files.
 * @returns why it cannot be used and how to fix that; null if it can be used
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
    return problemText(dataDir, path, code);
  }
};

/** Warns if other users of the machine can enter `DATA_DIR`. */
export const warnOfExposedDataDir = (dataDir: string, logger: Logger): void => {
  const mode = (statSync(dataDir, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
  if ((mode & 0o077) === 0) return;
  logger.warn(
    { dataDir, mode: mode.toString(8) },
    'other users of this machine can enter DATA_DIR. Its files are private, but run chmod 700 on it',
  );
};

/** Creates a folder and its parents. Node's own `recursive` never returns below `/proc`, whose folders accept no new ones. */
const makeFolder = (folder: string): void => {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another service may have created it first.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
};

const checkFolder = (folder: string): void => {
  if (!statSync(folder, { throwIfNoEntry: false })) return;
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  for (const name of readdirSync(folder)) {
    if (OWN_FILES.test(name)) accessSync(join(folder, name), constants.R_OK | constants.W_OK);
  }
};

/** Writes a test file, because modes do not reflect attributes of the file system, or folders of the kernel. */
const tryToWrite = (folder: string): void => {
  const file = join(folder, `.writable-${process.pid}`);
  try {
    writeFileSync(file, '', { mode: 0o600 });
    rmSync(file);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    // A full disk is not an invalid setting: the service starts and retries until there is space.
    if (code !== 'ENOSPC') throw Object.assign(new Error('the folder cannot be written to'), { code, syscall, path: folder });
  }
};

const REASONS: Readonly<Record<string, (path: string) => string>> = {
  EROFS: (path) => `${path} is on a read-only file system`,
  EEXIST: (path) => `${path} is a file, not a folder`,
  ENOTDIR: (path) => `a part of ${path} is a file, not a folder`,
  ENOENT: (path) => `${path} cannot be created`,
};

const problemText = (dataDir: string, path: string, code: string | undefined): string => {
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
