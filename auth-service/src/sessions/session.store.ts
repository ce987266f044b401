import { openOnFirstUse, type Collection, type CollectionSpec, type DocumentStore, type Stored } from '@rewards/document-store';
import { CONFLICT, retryOnConflict } from '../retry-on-conflict';
import { ownsTokenId, type Session } from './session';

export const SESSIONS: CollectionSpec<Session> = {
  name: 'sessions',
  indexes: [{ fields: ['accountId', 'expiresAt'] }, { fields: ['expiresAt'] }],
};
const PAGE = 100;

export class SessionStore {
  private readonly collection: Collection<Session>;

  constructor(documents: DocumentStore) {
    this.collection = openOnFirstUse(documents, SESSIONS);
  }

  get(sessionId: string): Promise<Stored<Session> | null> {
    return this.collection.get(sessionId);
  }

  /** @throws Error if another session has the same random id */
  async insert(session: Session): Promise<void> {
    if (!(await this.collection.insert(session.sessionId, session))) throw new Error('a session with the same id already exists');
  }

  /** @returns false if another refresh replaced the session first, or the session has ended */
  replace(stored: Stored<Session>, next: Session): Promise<boolean> {
    return this.collection.replace(stored.id, stored.version, next);
  }

  /** Ends a session, regardless of its version. */
  end(sessionId: string): Promise<void> {
    return retryOnConflict(async () => {
      const stored = await this.collection.get(sessionId);
      if (!stored || (await this.collection.delete(sessionId, stored.version))) return;
      return CONFLICT;
    });
  }

  /** Finds the session of the account for which an access token was issued. */
  async findByTokenId(accountId: string, tokenId: string): Promise<Session | null> {
    for (let offset = 0; ; offset += PAGE) {
      const orderBy = { field: 'expiresAt', direction: 'descending' } as const;
      const page = await this.collection.find({ where: { accountId }, orderBy, limit: PAGE, offset });
      const owner = page.find(({ document }) => ownsTokenId(document, tokenId));
      if (owner) return owner.document;
      if (page.length < PAGE) return null;
    }
  }

  async endAllOf(accountId: string): Promise<void> {
    for (;;) {
      const page = await this.collection.find({ where: { accountId }, limit: PAGE });
      await Promise.all(page.map(({ id }) => this.end(id)));
      if (page.length < PAGE) return;
    }
  }

  /** @returns the number of documents removed, at most `limit` */
  async removeExpired(now: number, limit: number): Promise<number> {
    const expired = await this.collection.find({ where: { expiresAt: { lte: now } }, limit });
    await Promise.all(expired.map(({ id, version }) => this.collection.delete(id, version)));
    return expired.length;
  }
}
