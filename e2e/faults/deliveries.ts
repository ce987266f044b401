import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sleep } from '@rewards/async';
import { PREFIXES, type Position } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { ROOT } from '../testing/system';
import { attempt, retryUntilAnswered, type Answer } from './http';
import type { Processes } from './processes';
import { TIMEOUT_MS } from './timeouts';

const RECONCILE = join(ROOT, 'projections/dist/reconcile/reconcile.js');
/** So slow that deliveries are in flight during all faults. */
const PER_SECOND = 150;
const [MOST_PER_SECOND, ANSWER_WITHIN_MS] = [10_000, 600];
const PAGE = 100;
/** A delivery whose next attempt is later is sent at once, as an operator would do it after an outage. */
const SOON_MS = 2_000;
const POLL_INTERVAL_MS = 200;
const MAX_REPORTED = 10;

/** What the log or the receiver has of one grant. */
interface Held {
  readonly accountId: string;
  readonly rewardName: string;
  readonly type: string;
  readonly amount: number;
  /** Position of the grant, which identifies it in the ledger of the receiver. */
  readonly position: Position;
}

interface LedgerLine extends Held {
  /** How many messages arrived for it. */
  readonly messages: number;
}

interface PendingDelivery {
  readonly deliveryId: string;
  readonly nextAttemptAt: string | null;
}

const run = promisify(execFile);

/**
 * The endpoint of a run, which accepts every type, also of earlier grants, and its receiver. At the end, the receiver has to hold
 * each grant of the log exactly once.
 */
export class Deliveries {
  private adding: Promise<void> | null = null;
  private endpointId = '';

  constructor(
    private readonly processes: Processes,
    private readonly adminToken: string,
    /** The position before the run. */
    private readonly start: Position,
  ) {}

  /** Removes the endpoints of earlier runs, which an EventStoreDB may contain. */
  async removeEndpoints(): Promise<void> {
    const { body } = await this.request('GET', '/delivery-endpoints');
    for (const { id } of body.data as readonly { readonly id: string }[])
      await this.request('POST', `/delivery-endpoints/${id}/remove`);
  }

  /** Adds the endpoint and starts its receiver, once. */
  addEndpoint(): Promise<void> {
    return (this.adding ??= this.addOnce());
  }

  /** Enables the endpoint, which the receiver may have disabled. */
  async resume(): Promise<void> {
    await this.request('POST', `/delivery-endpoints/${this.endpointId}/resume`);
  }

  /** Waits until nothing is pending or parked. Sends at once what would be retried much later. */
  async settle(): Promise<void> {
    const { endpointId } = this;
    await this.processes.healReceiver();
    await this.resume();
    await this.request('POST', `/delivery-endpoints/${endpointId}/change`, { maxPerSecond: MOST_PER_SECOND });
    const deadline = performance.now() + TIMEOUT_MS;
    for (;;) {
      await this.request('POST', '/deliveries/resend', { endpointId, status: 'PARKED' });
      const [pending, parked] = [await this.list('PENDING'), await this.list('PARKED')];
      if (pending.length + parked.length === 0) return;
      const soon = new Date(Date.now() + SOON_MS).toISOString();
      for (const { deliveryId, nextAttemptAt } of pending) {
        if (nextAttemptAt === null || nextAttemptAt < soon) continue;
        // 409: it was delivered meanwhile.
        await this.request('POST', `/deliveries/${deliveryId}/resend`);
      }
      if (performance.now() > deadline)
        throw new Error(`timed out waiting for ${pending.length} pending and ${parked.length} parked deliveries`);
      await sleep(POLL_INTERVAL_MS);
    }
  }

  /** Compares the log with the ledger of the receiver, also with `npm run reconcile`. @returns a summary */
  async check(store: EventStore): Promise<string> {
    const { dataDir, scriptEnvironment } = this.processes.system;
    const grants = new Map<Position, Held>();
    const days = new Set<string>();
    for await (const batch of store.subscribe({ after: this.start, prefixes: [PREFIXES.participation] })) {
      for (const { type, data, position } of batch.events) {
        if (type !== 'RewardClaimed') continue;
        grants.set(position, { ...(data as Omit<Held, 'position'>), position });
        days.add((data as { readonly at: string }).at.slice(0, 10));
      }
      if (batch.caughtUp) break;
    }
    const text = await this.processes.ledger();
    const lines = text.split('\n').filter((line) => line !== '');
    const ledger = lines.map((line) => JSON.parse(line) as LedgerLine);
    const violations = compareLedger(grants, ledger);
    if (violations.length > 0)
      throw new Error(`${violations.length} violations:\n${violations.slice(0, MAX_REPORTED).join('\n')}`);
    const file = join(dataDir, 'ledger.ndjson');
    writeFileSync(file, text);
    for (const day of days) {
      await run(process.execPath, [RECONCILE, '--endpoint', this.endpointId, '--day', day, file], {
        env: scriptEnvironment,
      }).catch(({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => {
        throw new Error(`reconcile of ${day}: ${stdout}${stderr}`);
      });
    }
    return `${grants.size} deliveries, ${ledger.filter(({ messages }) => messages > 1).length} of them received again`;
  }

  private async addOnce(): Promise<void> {
    const { status, body } = await this.request('POST', '/delivery-endpoints', {
      ...{ name: 'game', kind: 'WEBHOOK', url: `${this.processes.receiverUrl}/rewards`, from: this.start },
      ...{ maxPerSecond: PER_SECOND, timeoutMs: ANSWER_WITHIN_MS, requestId: randomUUID() },
    });
    if (status !== 201 && status !== 200) throw new Error(`add endpoint: ${status} ${JSON.stringify(body)}`);
    this.endpointId = body.data.id as string;
    await this.processes.startReceiver(body.data.secret as string);
  }

  private async list(status: 'PENDING' | 'PARKED'): Promise<readonly PendingDelivery[]> {
    const query = `status=${status}&endpointId=${this.endpointId}&limit=${PAGE}`;
    return (await this.request('GET', `/deliveries?${query}`)).body.data as readonly PendingDelivery[];
  }

  private request(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    const send = () => attempt(method, `${this.processes.system.url}${path}`, this.adminToken, body);
    return retryUntilAnswered(send, path);
  }
}

/** Compares the grants of the log with the lines of a ledger. @returns what differs */
export const compareLedger = (grants: ReadonlyMap<Position, Held>, ledger: readonly Held[]): readonly string[] => {
  const violations: string[] = [];
  const held = new Set<Position>();
  for (const line of ledger) {
    const { position, accountId, rewardName, type, amount } = line;
    const grant = grants.get(position);
    if (!grant)
      violations.push(`the receiver holds ${amount} ${rewardName} of ${accountId}, which were not granted at ${position}`);
    else if (held.has(position)) violations.push(`the receiver holds the grant at ${position} twice`);
    else if (grant.accountId !== accountId || grant.rewardName !== rewardName || grant.type !== type || grant.amount !== amount)
      violations.push(`the receiver holds ${JSON.stringify(line)} instead of ${JSON.stringify(grant)}`);
    held.add(position);
  }
  for (const { position, accountId, amount, rewardName } of grants.values())
    if (!held.has(position))
      violations.push(`${amount} ${rewardName} of ${accountId} were granted at ${position}, but never delivered`);
  return violations;
};
