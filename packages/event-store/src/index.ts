export * from './event-store';
export * from './handle';
export { ENTRY_BYTES, StateCache } from './state-cache';
export * from './unreadable';
