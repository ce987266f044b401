import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The script that runs a TypeScript module from the sources: `node <this> <module> …`. */
export const RUN_TYPESCRIPT = join(__dirname, 'run-typescript.cjs');

/** Starts a TypeScript module from the sources in a separate process, with a message channel. */
export const forkTypescript = (module: string, args: readonly string[]): ChildProcess =>
  fork(RUN_TYPESCRIPT, [module, ...args], { execArgv: [] });

/** Ends a process that stops when its channel closes. */
export const endByDisconnecting = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  if (child.connected) child.disconnect();
  await exited;
};
