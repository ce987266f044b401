import { execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a tool. @throws Error with its output if it fails or is not installed */
export const runTool = async (command, args, options = {}) => {
  try {
    await run(command, args, { maxBuffer: 64 << 20, ...options });
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error(`${command} is not installed or not in the PATH`, { cause: error });
    const output = `${error.stdout ?? ''}${error.stderr ?? ''}`.trimEnd();
    throw new Error(`${command} ${args[0]} failed${output && `:\n${output.slice(-4_000)}`}`, { cause: error });
  }
};

/** Returns the start time of a process in ticks since boot, which identifies it together with its pid. Null outside Linux. */
const startTimeOf = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return null;
  }
};

/** Returns whether a process is running. A later process with the same pid does not count. */
export const isRunning = ({ pid, begin }) => {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return begin === startTimeOf(pid);
};

/** Starts a process that outlives this one. */
export const startProcess = (command, args, logFile) => {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.on('error', () => undefined);
  child.unref();
  if (!child.pid) throw new Error(`${command} is not installed or not in the PATH`);
  return { pid: child.pid, begin: startTimeOf(child.pid) };
};

/** Stops a process and waits for its exit. Kills it if it has not exited after ten seconds. */
export const stopProcess = async (started, signal = 'SIGTERM') => {
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

/** Waits until a process answers. @throws Error if it exits, or does not answer within the time limit */
export const waitUntilReady = async (started, ping, logFile, limitMs = 60_000) => {
  for (const deadline = Date.now() + limitMs; ; await delay(100)) {
    try {
      return await ping();
    } catch (error) {
      const reason = isRunning(started) ? Date.now() > deadline && `does not answer: ${error.message}` : 'exited';
      if (reason) throw new Error(`The engine ${reason}\n${readFileSync(logFile, 'utf8').slice(-4_000)}`, { cause: error });
    }
  }
};

/** Finds a free port below those of outgoing connections, which could take it while the engine restarts. */
export const freePort = () =>
  new Promise((resolve, reject) => {
    const port = randomInt(10_000, 32_768);
    const server = createServer();
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(freePort()) : reject(error)));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  });
