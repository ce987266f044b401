export * from './findings';
export type { AccountFact } from './account-books';
export type { LoggedDelivery } from './delivery-books';
export { readDeliveries } from './deliveries-in-log';
export { checkLog, type LogCheckResult, type LogCheckOptions } from './check-log';
export { RowBuckets, type Bucket } from './row-buckets';
export { readLog } from './read-log';
