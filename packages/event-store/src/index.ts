export * from './event-store';
export * from './handle';
export * from './unreadable';
