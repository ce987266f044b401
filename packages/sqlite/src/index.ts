export { openDatabase, type Database, type OpenOptions } from './database';
export { GroupCommit, EngineUnavailable } from './group-commit';
