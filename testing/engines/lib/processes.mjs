import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a tool to its end. @throws with what it said when it failed or is not there */
export const runTool = async (command, args, options = {}) => {
  try {
    await run(command, args, { maxBuffer: 64 << 20, ...options });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error(`${command} is needed on the path`, { cause: error });
    const said = `${error.stdout ?? ''}${error.stderr ?? ''}`.trimEnd();
    throw new Error(`${command} ${args[0]} failed${said && `:\n${said.slice(-4_000)}`}`, { cause: error });
  }
};

/** When the process began, in ticks since boot: with its pid it names a process for good. Null where the system does not tell. */
const beginOf = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return null;
  }
};

/** Whether this process, and no later one with its pid, still runs. */
export const isRunning = ({ pid, begin }) => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return begin === beginOf(pid);
};

/** Starts a process that outlives this one. */
export const startProcess = (command, args, logFile) => {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.on('error', () => undefined);
  child.unref();
  if (!child.pid) throw new Error(`${command} is needed on the path`);
  return { pid: child.pid, begin: beginOf(child.pid) };
};

/** Ends the process, by force when it does not end by itself. @returns when it is gone */
export const endProcess = async (started, signal = 'SIGTERM') => {
  const deadline = Date.now() + 10_000;
  for (let next = signal; isRunning(started); next = Date.now() > deadline ? 'SIGKILL' : 0) {
    try {
      process.kill(started.pid, next);
    } catch {
      return;
    }
    await delay(50);
  }
};

/** @returns when it answers. @throws when the process ended, or does not answer in time */
export const waitUntilAnswers = async (started, ping, logFile, limitMs = 60_000) => {
  for (const deadline = Date.now() + limitMs; ; await delay(100)) {
    try {
      return await ping();
    } catch (error) {
      const why = isRunning(started) ? Date.now() > deadline && `does not answer: ${error.message}` : 'has ended';
      if (why) throw new Error(`the engine ${why}\n${readFileSync(logFile, 'utf8').slice(-4_000)}`, { cause: error });
    }
  }
};

export const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
