export * from './findings';
export { checkLog, type LogCheckResult, type LogCheckOptions } from './check-log';
export { RowBuckets } from './row-buckets';
export { readLog } from './read-log';
