import type { Settings } from '@rewards/service-kit';
import { runCommand } from '@rewards/service-kit/command-line';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { resetAdmin } from './accounts/reset-admin';

/** Implements `npm run admin:reset -- <email>`. The services may be running or stopped. */
const main = async (settings: Settings, [email]: readonly string[]): Promise<void> => {
  if (!email) throw new Error('Usage: npm run admin:reset -- <email>');
  const documents = openDocumentStore(settings, 'accounts', 'write');
  try {
    const password = await resetAdmin(documents, settings.dataDir, email);
    process.stdout.write(
      `${email} is an administrator. The new password is ${password}\nAll sessions of the account have ended. Log in and change the password.\n`,
    );
  } finally {
    await documents.close();
  }
};

runCommand(main, { maxArguments: 1, reads: ({ mongodbUrl }) => (mongodbUrl === null ? ['accounts.db'] : []) });
