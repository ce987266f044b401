export * from './event-store';
export * from './handle';
export { StateCache } from './state-cache';
export * from './unreadable';
