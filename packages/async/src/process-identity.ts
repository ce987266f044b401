import { randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process as another one on the same machine may look for it. */
export interface ProcessIdentity {
  /** The machine and, on Linux, the set of process ids that `pid` belongs to: containers have their own. */
  readonly host: string;
  readonly pid: number;
  /** Tells a process from an earlier one with the same pid, as the first process of a container has each time. */
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

/** Whether the process surely has ended. A process that cannot be seen from here may be alive, and so may one whose pid was reused. */
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
