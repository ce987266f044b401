export * from './content-hash';
export * from './message-bus';
export * from './outages';
