export * from './document-store';
export * from './lease';
export * from './open-on-first-use';
export { countInSlices, countSlice } from './count-in-slices';
