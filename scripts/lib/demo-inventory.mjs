import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = 'testing/inventory/inventory.mjs';

/** The sample inventory as the game of the demo: a process of its own, with a temporary file. It ends with this process. */
export class DemoInventory {
  #child = null;
  #folder = null;

  constructor(root, port) {
    this.root = root;
    this.port = port;
  }

  /** Chooses a free port. The endpoint needs it before its secret is known, with which the inventory starts. */
  static async onFreePort(root) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return new DemoInventory(root, port);
  }

  get url() {
    return `http://127.0.0.1:${this.port}/rewards`;
  }

  /** Starts the inventory, and waits until it listens. @throws Error if it exits instead */
  async start(secret) {
    this.#folder = mkdtempSync(join(tmpdir(), 'demo-inventory-'));
    process.once('exit', () => this.#end());
    const args = ['--port', String(this.port), '--file', join(this.#folder, 'inventory.db'), '--secret', secret];
    this.#child = spawn(process.execPath, [join(this.root, PROGRAM), ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const started = await Promise.race([once(this.#child.stdout, 'data'), once(this.#child, 'exit').then(() => null)]);
    if (started === null) throw new Error(`${PROGRAM} exited before it listened.`);
    this.#child.unref();
    this.#child.stdout.unref();
    this.#child.channel?.unref();
  }

  /** Makes the inventory of some accounts full, and that of all others not full. */
  async setFull(accountIds) {
    await fetch(new URL('/control', this.url), { method: 'POST', body: JSON.stringify({ full: accountIds }) });
  }

  /** Reads what the game holds, one entry for each delivery. */
  async ledger() {
    const text = await (await fetch(new URL('/ledger', this.url))).text();
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  /** Ends the process. */
  async stop() {
    if (this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.ref();
      this.#child.kill();
      await exited;
    }
    this.#end();
  }

  /** Ends the process without waiting, and removes its file. */
  #end() {
    this.#child?.kill('SIGKILL');
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = null;
  }
}
