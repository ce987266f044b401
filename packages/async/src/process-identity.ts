import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Identifies a process to other processes on the same machine. */
export interface ProcessIdentity {
  /** Host name and, on Linux, the PID namespace of `pid`: each container has its own. */
  readonly host: string;
  readonly pid: number;
  /** Distinguishes a process from an earlier one with the same pid. The first process of a container always has the same pid. */
  readonly run: string;
}

const pidNamespace = (): string => {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
};

export const thisProcess: ProcessIdentity = {
  host: `${hostname()} ${pidNamespace()}`.trim(),
  pid: process.pid,
  run: randomUUID(),
};

/**
 * Whether the process has certainly ended. False for a process on another host or in another PID namespace, and for a pid that
 * another process has reused.
 */
export const hasEnded = ({ host, pid, run }: ProcessIdentity): boolean => {
  if (host !== thisProcess.host) return false;
  if (pid === thisProcess.pid) return run !== thisProcess.run;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
};
