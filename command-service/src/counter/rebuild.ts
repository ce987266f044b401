import type { Settings } from '@rewards/service-kit';
import { runCommand } from '@rewards/service-kit/command-line';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { rebuildCounter } from './rebuild-counter';

/** `rebuild counter`: a counter that stopped counts from the start of the log; a stopped service does so at its next start. */
const main = async (settings: Settings): Promise<void> => {
  const documents = openDocumentStore(settings, 'command', 'write');
  try {
    await rebuildCounter(documents);
  } finally {
    await documents.close();
  }
  process.stderr.write('The counter counts from the start of the log. Progress that was counted stays.\n');
};

// `npm run rebuild -- counter` passes the name on.
runCommand(main, { maxArguments: 1, reads: ({ eventStoreUrl }) => (eventStoreUrl === null ? ['events.db'] : []) });
