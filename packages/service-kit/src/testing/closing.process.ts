import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { runProcess } from '../process';

// A channel that is listened to keeps the process alive, as a service's port does.
const allowed = once(process, 'message');

/** A service that says what it is doing, and has closed when its parent sends a message. */
void runProcess('auth-service', async () => {
  if (process.env['WRITES']) writeFileSync(process.env['WRITES'], '');
  process.send?.('started');
  return {
    close: async () => {
      process.send?.('closing');
      await allowed;
    },
  };
});
