import type { DocumentStore } from '@rewards/document-store';
import { moveDocuments } from '@rewards/document-store/move-documents';
import { SECRETS } from '../delivery/endpoints/endpoint-secrets';

/** The collections of the database `delivery`. */
const COLLECTIONS = [SECRETS];

/** Copies the secrets of the endpoints to which rewards are delivered; see `moveDocuments`. */
export const moveSecrets = (from: DocumentStore, to: DocumentStore): Promise<number> => moveDocuments(from, to, COLLECTIONS);
