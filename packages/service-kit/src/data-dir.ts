import { accessSync, constants, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from './logger';
import { WrongSetting, type Settings } from './settings';

/** What a service keeps: databases with their logs and indexes, keys, and the first administrator's password and e-mail. */
const OURS = /\.(db|db-wal|db-shm|pem)$|-admin-(password|email)$/;
/** Folders of `DATA_DIR` that hold such files. */
const FOLDERS = ['.', 'bus', 'keys'];

/**
 * Makes `DATA_DIR` when it is missing, and sees that this process may use it and what is in it.
 * @throws WrongSetting in one sentence that says whose it is and what to do
 */
export const prepareDataDir = ({ dataDir }: Pick<Settings, 'dataDir'>, logger: Logger): void => {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    for (const folder of FOLDERS) checkFolder(join(dataDir, folder));
  } catch (error) {
    const { code, path = dataDir, syscall } = error as NodeJS.ErrnoException;
    throw syscall === undefined ? error : new WrongSetting(complaint(dataDir, path, code), { cause: error });
  }
  const mode = statSync(dataDir).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    logger.warn(
      { dataDir, mode: mode.toString(8) },
      'other users of this machine can enter DATA_DIR. Its files are private, but run chmod 700 on it',
    );
  }
};

const checkFolder = (folder: string): void => {
  if (!statSync(folder, { throwIfNoEntry: false })) return;
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  for (const name of readdirSync(folder)) {
    if (OURS.test(name)) accessSync(join(folder, name), constants.R_OK | constants.W_OK);
  }
};

const complaint = (dataDir: string, path: string, code: string | undefined): string => {
  if (code !== 'EACCES' && code !== 'EPERM') return `DATA_DIR (${dataDir}) cannot be used: ${code} at ${path}.`;
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
