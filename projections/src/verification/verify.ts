import { runCommand } from '@rewards/service-kit/command-line';
import { verifyCommand } from './verify-command';

runCommand((settings) => {
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort(new Error(`stopped by ${signal}`)));
  return verifyCommand(settings, {
    print: (line) => void process.stdout.write(`${line}\n`),
    printProgress: (line) => void process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`),
    progressMs: process.stderr.isTTY ? 200 : 3_000,
    signal: ended.signal,
  });
});
