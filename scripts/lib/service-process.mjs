import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** One service as a child process. */
export class ServiceProcess {
  #options;
  #child = null;
  #isStopping = false;
  #end;

  /** Resolves when the service has ended. */
  ended = new Promise((resolve) => (this.#end = resolve));

  /**
   * @param options.name folder of the service
   * @param options.onLine told of each line that it prints, with its name
   * @param options.onDeath told when it ended unasked: its name, and how
   */
  constructor(options) {
    this.#options = options;
  }

  start() {
    const { name, root, env, onLine, onDeath } = this.#options;
    const child = spawn(process.execPath, [join(root, name, 'dist/main.js')], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [child.stdout, child.stderr])
      createInterface({ input: output }).on('line', (line) => onLine(name, line));
    child.on('close', (code, signal) => {
      this.#child = null;
      this.#end();
      if (!this.#isStopping) onDeath(name, signal ?? `code ${code}`);
    });
    this.#child = child;
  }

  /** Passes the signal on; from now on its end is what was asked for. */
  stop(signal) {
    this.#isStopping = true;
    if (this.#child) this.#child.kill(signal);
    else this.#end();
  }
}
