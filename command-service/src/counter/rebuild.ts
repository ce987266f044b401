import type { Settings } from '@rewards/service-kit';
import { runCommand } from '@rewards/service-kit/command-line';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { rebuildCounter } from './rebuild-counter';

/** `rebuild counter`: makes a stopped counter count from the start of the log, at once or when its service starts. */
const main = async (settings: Settings): Promise<void> => {
  const documents = openDocumentStore(settings, 'command', 'write');
  try {
    await rebuildCounter(documents);
  } finally {
    await documents.close();
  }
  process.stderr.write('The counter will count from the start of the log. Existing progress does not change.\n');
};

// `npm run rebuild -- counter` passes its argument on.
runCommand(main, { maxArguments: 1, reads: ({ eventStoreUrl }) => (eventStoreUrl === null ? ['events.db'] : []) });
