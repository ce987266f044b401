export * from './document-store';
export * from './lease';
