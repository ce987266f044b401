export * from './document-store';
export * from './lease';
export * from './open-when-used';
