import type { DocumentStore } from '@rewards/document-store';
import { moveDocuments } from '@rewards/document-store/move-documents';

/** The collections of the database `delivery`. */
const COLLECTIONS = [{ name: 'secrets', indexes: [] }];

/** Copies the secrets of the endpoints to which rewards are delivered; see `moveDocuments`. */
export const moveSecrets = (from: DocumentStore, to: DocumentStore): Promise<number> => moveDocuments(from, to, COLLECTIONS);
