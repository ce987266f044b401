export * from './findings';
export { checkLog, type LogChecked, type LogCheckOptions } from './log-books';
export { Partition } from './partition';
export { readLog } from './read-log';
