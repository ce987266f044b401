import { readSettings } from '@rewards/service-kit';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { rebuildCounter } from './rebuild-counter';

/** `rebuild counter`: a counter that stopped counts from the start of the log; a stopped service does so at its next start. */
const main = async (): Promise<void> => {
  const documents = openDocumentStore(readSettings(), 'command', 'write');
  try {
    await rebuildCounter(documents);
  } finally {
    await documents.close();
  }
  process.stderr.write('The counter counts from the start of the log. Progress that was counted stays.\n');
};

process.exitCode = 1;
main().then(
  () => (process.exitCode = 0),
  (error: unknown) => process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`),
);
