import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');
/** The small game inventory, and the shortest receiver of docs/delivery.md. */
export const INVENTORY = join(ROOT, 'testing/inventory/inventory.mjs');
export const SHORT_RECEIVER = join(ROOT, 'testing/inventory/receiver.mjs');

/** A line of the ledger: what a player got, and how often its message arrived. */
export interface LedgerLine {
  readonly deliveryId: string;
  readonly accountId: string;
  readonly rewardName: string;
  readonly type: string;
  readonly amount: number;
  readonly itemCode: string | null;
  /** Time of the grant, ISO 8601 UTC. */
  readonly at: string;
  readonly position: string;
  /** How often the inventory applied it, and how many messages arrived for it. */
  readonly times: number;
  readonly messages: number;
}

/** What `POST /control` of the inventory changes; testing/inventory/inventory.mjs explains it. */
export interface InventoryControl {
  readonly full?: readonly string[];
  readonly delayMs?: number;
  readonly status?: number | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly loseAnswers?: boolean;
  readonly times?: number | null;
}

export interface InventoryOptions {
  /** `whsec_…` or `whpk_…` */
  readonly secrets: readonly string[];
  /** SQLite file, which a restarted inventory continues. */
  readonly file: string;
  /** Default: any free port. */
  readonly port?: number;
}

/** The inventory of testing/inventory in a process of its own, which ends with this one. */
export class Inventory {
  private constructor(
    private readonly child: ChildProcess,
    /** URL for an endpoint. */
    readonly url: string,
  ) {}

  /** Starts the inventory, and waits until it listens. @throws Error with its output if it exits instead */
  static async start({ secrets, file, port = 0 }: InventoryOptions): Promise<Inventory> {
    const args = ['--port', String(port), '--file', file, ...secrets.flatMap((secret) => ['--secret', secret])];
    // By the channel, the inventory notices that this process has ended.
    const child = spawn(process.execPath, [INVENTORY, ...args], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    return new Inventory(child, await firstLineOf(child));
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Changes how the inventory behaves, until the next change or restart. @throws Error if it rejects the change */
  async control(change: InventoryControl): Promise<void> {
    const answer = await fetch(new URL('/control', this.url), { method: 'POST', body: JSON.stringify(change) });
    if (!answer.ok) throw new Error(`the inventory rejected the change: ${await answer.text()}`);
  }

  /** Reads what it holds, in the order in which it arrived. */
  async ledger(): Promise<readonly LedgerLine[]> {
    const text = await (await fetch(new URL('/ledger', this.url))).text();
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as LedgerLine);
  }

  /** Sends a signal without waiting, such as SIGSTOP and SIGCONT. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Ends the process. @param signal SIGKILL for a crash */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }
}

/** Waits for the first line that a process prints. @throws Error if it exits before */
export const firstLineOf = async (child: ChildProcess): Promise<string> => {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await new Promise<void>((resolve) => {
    child.stdout?.on('data', () => text.includes('\n') && resolve());
    child.once('close', () => resolve());
  });
  const [line = '', ...rest] = text.split('\n');
  if (rest.length === 0) throw new Error(`${child.spawnargs.join(' ')} exited before it listened. ${text}`);
  return line;
};
