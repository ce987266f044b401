import { backoff, Notifier, sleep } from '@rewards/async';
import { toBusMessage, TOPICS, topicOf, type AccountMessage, type Topic } from '@rewards/contracts';
import type { Stored } from '@rewards/document-store';
import type { MessageBus } from '@rewards/message-bus';
import { isDamaged, type Failures } from '@rewards/service-kit/failures';
import { nextBatch, type AccountDocument } from '../accounts/account';
import type { AccountDirectory } from '../accounts/account-directory';
import type { AccountStore } from '../accounts/account.store';
import type { Erasure } from '../accounts/erasure';

/** Accounts in one round. */
const ROUND = 32;
/** Messages in one round. They fit into one broker batch of 1 MB. */
const ROUND_MESSAGES = 1_280;
/** The sweep finds further accounts. */
const MAX_WOKEN = 10_000;
const SWEEP_MS = 1_000;
const pauseMs = backoff({ firstMs: 100, maxMs: 5_000 });
const RELAY = 'the outbox relay';

/** The messages of one account that one round publishes. */
interface Run {
  readonly stored: Stored<AccountDocument>;
  readonly topic: Topic;
  readonly messages: readonly AccountMessage[];
}

/**
 * Publishes the messages in the outboxes of all accounts to the message bus: at least once, and in order for each account.
 * A write wakes it immediately. A periodic sweep finds messages written by other instances or before a crash.
 */
export class Relay {
  private readonly woken = new Set<string>();
  private readonly stopping = new AbortController();
  private readonly resumed = new Notifier();
  private running: Promise<void> | null = null;
  private lastSweep = { at: -Infinity, isFull: false };
  private hasDelivered = false;
  /** Consecutive failed rounds, which determine the backoff. */
  private failures = 0;

  constructor(
    private readonly accounts: AccountStore,
    private readonly bus: MessageBus,
    private readonly directory: AccountDirectory,
    private readonly erasure: Erasure,
    private readonly log: Pick<Failures, 'reportFailure' | 'reportSuccess'>,
    private readonly onPublished: (count: number) => void = () => undefined,
  ) {}

  /** Schedules an account whose outbox is not empty. */
  wake(accountId: string): void {
    if (this.woken.size < MAX_WOKEN) this.woken.add(accountId);
    this.resumed.notify();
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Resolves when the relay is stopped or has failed permanently. */
  get ended(): Promise<void> {
    return this.running ?? Promise.resolve();
  }

  /** Stops after the current round. Undelivered messages stay in the outboxes. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.resumed.notify();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        if (this.woken.size === 0) await this.sweepWhenDue();
        if (this.woken.size > 0) await this.round();
        this.log.reportSuccess(RELAY);
        this.failures = 0;
      } catch (error) {
        this.log.reportFailure(RELAY, error);
        if (isDamaged(error)) return;
        this.failures += 1;
        await sleep(pauseMs(this.failures), { signal });
      }
    }
  }

  private async sweepWhenDue(): Promise<void> {
    const { at, isFull } = this.lastSweep;
    // After a full page, sweep again immediately, unless nothing from that page could be delivered.
    const wait = isFull && this.hasDelivered ? 0 : at + SWEEP_MS - performance.now();
    if (wait > 0) return this.pause(wait);
    const undelivered = await this.accounts.findUndelivered(ROUND);
    for (const { id } of undelivered) this.woken.add(id);
    this.lastSweep = { at: performance.now(), isFull: undelivered.length === ROUND };
    this.hasDelivered = false;
  }

  /** Waits until the relay is woken or stopped, or the time has passed. */
  private async pause(milliseconds: number): Promise<void> {
    if (this.woken.size === 0) await this.resumed.wait({ ms: milliseconds, signal: this.stopping.signal });
  }

  private async round(): Promise<void> {
    const accountIds = [...this.woken].slice(0, ROUND);
    for (const accountId of accountIds) this.woken.delete(accountId);
    try {
      const stored = await this.accounts.getMany(accountIds);
      const share = Math.floor(ROUND_MESSAGES / accountIds.length);
      const prepared = await Promise.all([...stored.values()].map((account) => this.prepare(account, share)));
      const runs = prepared.filter((run) => run !== null);
      await settleAll(
        TOPICS.map((topic) =>
          this.deliver(
            topic,
            runs.filter((run) => run.topic === topic),
          ),
        ),
      );
    } catch (error) {
      for (const accountId of accountIds) this.woken.add(accountId);
      throw error;
    }
  }

  /**
   * Completes a registration or an erasure that a crash may have interrupted, before its message is published.
   * @returns null if there is nothing to deliver or the completion failed; the sweep retries
   */
  private async prepare(stored: Stored<AccountDocument>, share: number): Promise<Run | null> {
    const { document } = stored;
    const messages = nextBatch(document.undelivered, share);
    const [first] = messages;
    if (!first) return null;
    try {
      if (document.status === 'erased') await this.erasure.complete(document.accountId);
      else if (first.event.type === 'AccountRegistered') await this.directory.insert(document.accountId, document.email);
    } catch (error) {
      if (isDamaged(error)) throw error;
      this.log.reportFailure('preparing the messages of an account', error);
      return null;
    }
    return { stored, topic: topicOf(first.event), messages };
  }

  private async deliver(topic: Topic, runs: readonly Run[]): Promise<void> {
    if (runs.length === 0) return;
    const messages = runs.flatMap((run) => run.messages.map(toBusMessage));
    await this.bus.publish(topic, messages);
    this.onPublished(messages.length);
    await settleAll(runs.map((run) => this.confirm(run)));
  }

  private async confirm({ stored, messages }: Run): Promise<void> {
    await this.accounts.removeAcknowledged(stored, new Set(messages.map(({ messageId }) => messageId)));
    this.hasDelivered = true;
    if (messages.length < stored.document.undelivered.length) this.woken.add(stored.id);
  }
}

/** Waits for all tasks to settle, then throws the first failure, if any. */
const settleAll = async (tasks: readonly Promise<void>[]): Promise<void> => {
  const outcomes = await Promise.allSettled(tasks);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
};
