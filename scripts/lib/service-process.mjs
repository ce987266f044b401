import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Flags for early garbage collection: under full load, a service uses less than 200 MiB instead of 300, at the same speed. */
export const NODE_FLAGS = ['--max-semi-space-size=8', '--heap-growing-percent=50'];

/** A service that runs as a child process. */
export class ServiceProcess {
  #options;
  #child = null;
  #isStopping = false;
  #resolveExited;

  /** Resolves when the service has exited. */
  exited = new Promise((resolve) => (this.#resolveExited = resolve));

  /**
   * @param options.name name of the process
   * @param options.program path of its program, from the root
   * @param options.onLine called with its name and each line of its output
   * @param options.onUnexpectedExit called with its name and the signal or exit code, unless `stop` was called before
   */
  constructor(options) {
    this.#options = options;
  }

  start() {
    const { name, program, root, env, onLine, onUnexpectedExit } = this.#options;
    const child = spawn(process.execPath, [...NODE_FLAGS, join(root, program)], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [child.stdout, child.stderr])
      createInterface({ input: output }).on('line', (line) => onLine(name, line));
    child.on('close', (code, signal) => {
      this.#child = null;
      this.#resolveExited();
      if (!this.#isStopping) onUnexpectedExit(name, signal ?? `code ${code}`);
    });
    this.#child = child;
  }

  /** Sends a signal to the service. Its exit is expected from now on. */
  stop(signal) {
    this.#isStopping = true;
    if (this.#child) this.#child.kill(signal);
    else this.#resolveExited();
  }
}
