import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, type Settings } from '@rewards/service-kit';

/** Creates an empty folder for the data of a test. */
export const newDataDir = (): string => mkdtempSync(join(tmpdir(), 'login-rewards-'));

/** Reads settings with a new data folder. @param environment other settings, as an operator sets them */
export const testSettings = (environment: NodeJS.ProcessEnv = {}): Settings =>
  readSettings({ DATA_DIR: newDataDir(), ...environment });

/** Removes the data folder. Nothing may have it open. */
export const removeData = ({ dataDir }: Pick<Settings, 'dataDir'>): void => rmSync(dataDir, { recursive: true, force: true });
