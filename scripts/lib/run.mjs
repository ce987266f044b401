import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program without standard input. A signal to this process is forwarded to the program, and this process exits after it,
 * so that an interrupted installation does not continue in the background.
 * @returns {Promise<{ ok: boolean, output: string }>} whether it exited with 0, and its output
 */
export const run = (command, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let interruptedBy = null;
    const collect = (chunk) => (output += chunk);
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);

    const forward = (signal) => {
      interruptedBy = signal;
      child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, forward);
    const finish = (ok) => {
      for (const signal of SIGNALS) process.off(signal, forward);
      if (interruptedBy) process.exit(128 + constants.signals[interruptedBy]);
      resolve({ ok, output });
    };
    child.on('error', (error) => {
      output += `${error.message}\n`;
      finish(false);
    });
    child.on('close', (code) => finish(code === 0));
  });

/**
 * Runs a program that shares the terminal of this process, and forwards signals to it.
 * @returns {Promise<number>} its exit code, as a shell reports it
 */
export const runInTerminal = async (command, args, options = {}) => {
  const child = spawn(command, args, { ...options, stdio: 'inherit' });
  const forward = (signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, forward);
  const [code, signal] = await once(child, 'exit');
  for (const forwarded of SIGNALS) process.off(forwarded, forward);
  return code ?? 128 + constants.signals[signal];
};

/** Runs a script with the Node.js of this process. */
export const runNode = (script, args, options) => run(process.execPath, [script, ...args], options);
