import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** A service that lived so long did not die of its start. */
const STEADY_AFTER_MS = 30_000;

/** One service as a child process: started again when it dies, after growing pauses, until it is told to stop. */
export class ServiceProcess {
  #options;
  #child = null;
  #deaths = 0;
  #restart = null;
  #isStopping = false;
  #end;

  /** Resolves when the service has ended for good. */
  ended = new Promise((resolve) => (this.#end = resolve));

  /**
   * @param options.name folder of the service
   * @param options.onLine told of each line that it prints, with its name
   * @param options.onDeath told when it ended unasked: its name, how, and after how many milliseconds it is started again;
   *   may call `stop` instead
   */
  constructor(options) {
    this.#options = options;
  }

  start() {
    const { name, root, env, onLine } = this.#options;
    const startedAt = performance.now();
    const child = spawn(process.execPath, [join(root, name, 'dist/main.js')], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const output of [child.stdout, child.stderr])
      createInterface({ input: output }).on('line', (line) => onLine(name, line));
    child.on('close', (code, signal) => {
      this.#child = null;
      if (this.#isStopping) this.#end();
      else this.#died(signal ?? `code ${code}`, performance.now() - startedAt);
    });
    this.#child = child;
  }

  /** Passes the signal on; from now on its end is final. */
  stop(signal) {
    this.#isStopping = true;
    clearTimeout(this.#restart);
    if (this.#child) this.#child.kill(signal);
    else this.#end();
  }

  #died(how, lifeMs) {
    this.#deaths = lifeMs >= STEADY_AFTER_MS ? 1 : this.#deaths + 1;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#deaths - 1));
    this.#restart = setTimeout(() => this.start(), pauseMs);
    this.#options.onDeath(this.#options.name, how, pauseMs);
  }
}
