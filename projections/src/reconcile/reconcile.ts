import { runCommand } from '@rewards/service-kit/command-line';
import { reconcileCommand } from './reconcile-command';

runCommand(
  (settings, args, values) => {
    const ended = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => ended.abort(new Error(`stopped by ${signal}`)));
    return reconcileCommand(settings, args, values, {
      print: (line) => void process.stdout.write(`${line}\n`),
      printError: (line) => void process.stderr.write(`${line}\n`),
      signal: ended.signal,
      input: process.stdin,
    });
  },
  {
    maxArguments: 1,
    options: ['endpoint', 'day'],
    reads: ({ eventStoreUrl }) => (eventStoreUrl === null ? ['events.db'] : []),
  },
);
