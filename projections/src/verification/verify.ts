import { readSettings } from '@rewards/service-kit';
import { runScript } from '@rewards/service-kit/script';
import { verifyCommand } from './verify-command';

runScript(() => {
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort(new Error(`stopped by ${signal}`)));
  return verifyCommand(readSettings(), {
    say: (line) => void process.stdout.write(`${line}\n`),
    sayProgress: (line) => void process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`),
    progressMs: process.stderr.isTTY ? 200 : 3_000,
    signal: ended.signal,
  });
});
