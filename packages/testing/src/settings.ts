import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, type Settings } from '@rewards/service-kit';

/** Makes an empty folder for the data of a test. */
export const newDataDir = (): string => mkdtempSync(join(tmpdir(), 'login-rewards-'));

/** Settings over a new folder. @param environment other settings, as an operator writes them */
export const testSettings = (environment: NodeJS.ProcessEnv = {}): Settings =>
  readSettings({ DATA_DIR: newDataDir(), ...environment });

/** Removes the folder, once nothing has it open. */
export const removeData = ({ dataDir }: Pick<Settings, 'dataDir'>): void => rmSync(dataDir, { recursive: true, force: true });
