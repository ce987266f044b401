import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { runProcess } from '../process';

// A message listener keeps the process alive, like the port of a service.
const allowed = once(process, 'message');

/** A service that reports its state, and finishes closing when its parent sends a message. */
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
