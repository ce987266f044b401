import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a program to its end with nothing to read. A signal to this process ends the program first, then this process:
 * an installation must not go on behind the back of whoever stopped it.
 * @returns {Promise<{ ok: boolean, output: string }>} whether it exited with 0, and all that it printed
 */
export const run = (command, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let endedBy = null;
    const collect = (chunk) => (output += chunk);
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);

    const passOn = (signal) => {
      endedBy = signal;
      child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, passOn);
    const finish = (ok) => {
      for (const signal of SIGNALS) process.off(signal, passOn);
      if (endedBy) process.exit(128 + constants.signals[endedBy]);
      resolve({ ok, output });
    };
    child.on('error', (error) => {
      output += `${error.message}\n`;
      finish(false);
    });
    child.on('close', (code) => finish(code === 0));
  });

/** Runs a script with the Node.js that runs this one. */
export const runNode = (script, args, options) => run(process.execPath, [script, ...args], options);
