export { openDatabase, type Database, type OpenOptions } from './database';
export { EngineUnavailable, isBusy, isEngineFault, retryWhileBusy } from './engine-error';
export { GroupCommit } from './group-commit';
export { scrubPages } from './scrub';
