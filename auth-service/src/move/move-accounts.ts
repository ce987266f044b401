import { ACCOUNT_DIRECTORY } from '@rewards/contracts';
import type { DocumentStore } from '@rewards/document-store';
import { moveDocuments } from '@rewards/document-store/move-documents';
import { ACCOUNTS } from '../accounts/account.store';
import { ADMINS } from '../accounts/admins';
import { ERASED_ACCOUNTS } from '../accounts/erased-accounts.store';
import { FAILED_LOGINS } from '../sessions/failed-logins.store';
import { SESSIONS } from '../sessions/session.store';

const COLLECTIONS = [ACCOUNTS, ACCOUNT_DIRECTORY, SESSIONS, FAILED_LOGINS, ERASED_ACCOUNTS, ADMINS];

/** Copies all documents of auth-service, including undelivered messages; see `moveDocuments`. */
export const moveAccounts = (from: DocumentStore, to: DocumentStore, onMoved?: (documents: number) => void): Promise<number> =>
  moveDocuments(from, to, COLLECTIONS, onMoved);
