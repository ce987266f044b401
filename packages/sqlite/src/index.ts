export { openDatabase, truncateWal, type Database, type OpenOptions, type RunCommit } from './database';
export { EngineDamaged, EngineUnavailable, isBusy, isEngineFault, retryWhileBusy } from './engine-error';
export { GroupCommit } from './group-commit';
export { OpenedFile } from './opened-file';
export { Scrubber } from './scrub';
