import { randomUUID } from 'node:crypto';
import { readSettings, type Settings } from '@rewards/service-kit';
import { engineSettings } from '../../e2e/testing/system';
import { Ids } from './generate-log';

/** Data on the engines of this process: a folder, the settings that select it, and the ids in its log. */
export class DataSet {
  readonly environment: NodeJS.ProcessEnv;
  readonly settings: Settings;
  readonly ids: Ids;

  /** @param engines settings of the engines; by default, those of this process */
  constructor(
    readonly folder: string,
    engines: NodeJS.ProcessEnv = engineSettings(),
    ids?: Ids,
  ) {
    this.environment = { ...engines, DATA_DIR: folder };
    this.settings = readSettings(this.environment);
    this.ids = ids ?? new Ids(this.settings.eventStoreUrl === null ? '' : randomUUID());
  }
}
