import { hash } from '@node-rs/argon2';
import { ACCOUNT_DIRECTORY, type AccountDirectoryEntry, type AccountMessage } from '@rewards/contracts';
import { newAccount, withoutMessages } from '@rewards/auth-service/dist/accounts/account';
import { ACCOUNTS } from '@rewards/auth-service/dist/accounts/account.store';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { CHEAP_COST } from '../load/cheap-hashing';
import type { DataSet } from './data-set';
import { emailOf } from './generate-log';

const AT_ONCE = 500;
export const PASSWORD = 'correct horse battery';

/** Writes the account documents of the players, all with the same password, and their e-mails in the directory. */
export const writeAccounts = async ({ settings, ids }: DataSet, players: number): Promise<void> => {
  const documents = openDocumentStore(settings, 'accounts', 'write');
  try {
    const accounts = await documents.collection(ACCOUNTS);
    const directory = await documents.collection<AccountDirectoryEntry>(ACCOUNT_DIRECTORY);
    const passwordHash = await hash(PASSWORD, CHEAP_COST);
    const registeredAt = new Date().toISOString();
    for (let from = 0; from < players; from += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, players - from) }, (_, index) => from + index);
      await Promise.all(
        numbers.flatMap((player) => {
          const [accountId, email] = [ids.account(player), emailOf(player)];
          const fields = { accountId, email, passwordHash, roles: ['USER'], registeredAt } as const;
          // The log already contains the registration, so it needs no delivery.
          const account = withoutMessages(newAccount(fields, registrationOf(accountId)), new Set([accountId]));
          return [accounts.insert(accountId, account), directory.insert(accountId, { accountId, email })];
        }),
      );
    }
  } finally {
    await documents.close();
  }
};

const registrationOf = (accountId: string): AccountMessage => ({
  messageId: accountId,
  event: { type: 'AccountRegistered', data: { accountId, roles: ['USER'], at: new Date().toISOString() } },
  actor: { accountId, roles: ['USER'] },
  correlationId: accountId,
});
