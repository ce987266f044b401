export * from './event-store';
export * from './handle';
