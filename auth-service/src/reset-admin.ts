import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WrongSetting, type Settings } from '@rewards/service-kit';
import { runCommand } from '@rewards/service-kit/command-line';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { resetAdmin } from './accounts/reset-admin';

/** `npm run admin:reset -- <email>`, whether the services run or not. */
const main = async (settings: Settings): Promise<void> => {
  const [email, ...rest] = process.argv.slice(2);
  if (!email || rest.length > 0) throw new Error('Usage: npm run admin:reset -- <email>');
  if (settings.mongodbUrl === null && !existsSync(join(settings.dataDir, 'accounts.db'))) {
    throw new WrongSetting(`DATA_DIR (${settings.dataDir}) has no accounts: set it, or MONGODB_URL, to what the services use.`);
  }
  const documents = openDocumentStore(settings, 'accounts', 'write');
  try {
    const password = await resetAdmin(documents, settings.dataDir, email);
    process.stdout.write(
      `${email} is an administrator and has the new password ${password}\nIts sessions have ended. Log in and change the password.\n`,
    );
  } finally {
    await documents.close();
  }
};

runCommand(main);
