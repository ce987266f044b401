import { isDeepStrictEqual } from 'node:util';
import { ACCOUNT_DIRECTORY, type AccountDirectoryEntry } from '@rewards/contracts';
import { type Collection, type CollectionSpec, type DocumentStore, type Stored } from '@rewards/document-store';
import { ACCOUNTS } from '../accounts/account.store';
import { ADMINS } from '../accounts/admins';
import { ERASED_ACCOUNTS } from '../accounts/erased-accounts.store';
import { FAILED_LOGINS } from '../sessions/failed-logins.store';
import { SESSIONS } from '../sessions/session.store';

/** The target contains a different document under the same id, so it is not an interrupted copy of the source. */
export class ConflictingDocument extends Error {
  override readonly name = 'ConflictingDocument';
}

const PAGE = 100;

/**
 * Copies all documents of auth-service, including undelivered messages. Both stores must have no other writer. Document versions
 * start again, which is safe because a version is compared only within one process. Repeat the call to finish an interrupted copy.
 * @param onMoved called after each page with the number of documents copied so far
 * @returns the number of documents copied
 * @throws ConflictingDocument, DocumentStoreUnavailable
 */
export const moveAccounts = async (
  from: DocumentStore,
  to: DocumentStore,
  onMoved: (documents: number) => void = () => undefined,
): Promise<number> => {
  let moved = 0;
  const onPage = (documents: number): void => onMoved((moved += documents));
  await moveCollection(from, to, ACCOUNTS, onPage);
  await moveCollection<AccountDirectoryEntry>(from, to, ACCOUNT_DIRECTORY, onPage);
  await moveCollection(from, to, SESSIONS, onPage);
  await moveCollection(from, to, FAILED_LOGINS, onPage);
  await moveCollection(from, to, ERASED_ACCOUNTS, onPage);
  await moveCollection(from, to, ADMINS, onPage);
  return moved;
};

const moveCollection = async <T extends object>(
  from: DocumentStore,
  to: DocumentStore,
  spec: CollectionSpec<T>,
  onPage: (documents: number) => void,
): Promise<void> => {
  const [source, target] = [await from.collection(spec), await to.collection(spec)];
  for (let page = await source.scan(null, PAGE); page.length > 0; page = await source.scan(page.at(-1)?.id ?? null, PAGE)) {
    await Promise.all(page.map((stored) => copy(stored, target, spec.name)));
    onPage(page.length);
  }
};

const copy = async <T extends object>({ id, document }: Stored<T>, target: Collection<T>, name: string): Promise<void> => {
  if (await target.insert(id, document)) return;
  if (!isDeepStrictEqual((await target.get(id))?.document, document))
    throw new ConflictingDocument(`The target's ${name} are not those of DATA_DIR. Move into an empty database.`);
};
