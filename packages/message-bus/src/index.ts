export * from './content-hash';
export * from './headers';
export * from './message-bus';
export * from './outages';
