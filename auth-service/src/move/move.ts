import type { Settings } from '@rewards/service-kit';
import { runCommand } from '@rewards/service-kit/command-line';
import { describeEngines, filesToMove, openDocumentStore, requireAvailable } from '@rewards/service-kit/engines';
import { createProgressPrinter } from '@rewards/service-kit/progress';
import { moveAccounts } from './move-accounts';

/** The first half of `npm run move`: copies the accounts of `DATA_DIR` to the configured MongoDB, if there is one. */
const main = async (settings: Settings): Promise<void> => {
  if (settings.mongodbUrl === null) return;
  const from = openDocumentStore({ ...settings, mongodbUrl: null }, 'accounts', 'read');
  const to = openDocumentStore(settings, 'accounts', 'write');
  try {
    await requireAvailable(describeEngines(settings).documentStore, to);
    const report = createProgressPrinter((line) => void process.stdout.write(`${line}\n`), null, 'account documents');
    process.stdout.write(`${await moveAccounts(from, to, report)} account documents are in MongoDB.\n`);
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
};

runCommand(main, { reads: filesToMove });
