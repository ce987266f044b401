export * from './access-token';
export * from './logger';
export * from './problem';
export * from './settings';
