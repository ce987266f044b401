import { backoff, Notifier, sleep } from '@rewards/async';
import { TOPICS, topicOf, type AccountMessage, type Topic } from '@rewards/contracts';
import type { Stored } from '@rewards/document-store';
import type { MessageBus } from '@rewards/message-bus';
import { isDamaged, type Failures } from '@rewards/service-kit/failures';
import { firstRun, type AccountDocument } from '../accounts/account';
import type { AccountDirectory } from '../accounts/account-directory';
import type { AccountStore } from '../accounts/account.store';
import type { Erasure } from '../accounts/erasure';

/** Accounts of one round. */
const ROUND = 32;
/** Messages of one round: they fit into one batch of a broker, 1 MB. */
const ROUND_MESSAGES = 1_280;
/** Woken accounts beyond this are left to the sweep. */
const MAX_WOKEN = 10_000;
const SWEEP_MS = 1_000;
const pauseMs = backoff({ firstMs: 100, maxMs: 5_000 });
const RELAY = 'the relay of messages';

/** The messages of one account that go out in one round. */
interface Run {
  readonly stored: Stored<AccountDocument>;
  readonly topic: Topic;
  readonly messages: readonly AccountMessage[];
}

/**
 * Takes the messages from the account documents to the broker: in order per account, at least once, many accounts at a time.
 * A write wakes it at once; the sweep finds what other instances wrote, or what was left when one ended.
 */
export class Relay {
  private readonly woken = new Set<string>();
  private readonly stopping = new AbortController();
  private readonly resumed = new Notifier();
  private running: Promise<void> | null = null;
  private lastSweep = { at: -Infinity, isFull: false };
  private hasDelivered = false;
  /** Failed rounds in a row: the longer the outage, the longer the pause. */
  private failures = 0;

  constructor(
    private readonly accounts: AccountStore,
    private readonly bus: MessageBus,
    private readonly directory: AccountDirectory,
    private readonly erasure: Erasure,
    private readonly log: Pick<Failures, 'failed' | 'succeeded'>,
    private readonly onPublished: (count: number) => void = () => undefined,
  ) {}

  /** The account has something to deliver. */
  wake(accountId: string): void {
    if (this.woken.size < MAX_WOKEN) this.woken.add(accountId);
    this.resumed.notify();
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Resolves when it was stopped, or when no retry helps. */
  get ended(): Promise<void> {
    return this.running ?? Promise.resolve();
  }

  /** Finishes the current round. Undelivered messages stay in the documents. */
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
        this.log.succeeded(RELAY);
        this.failures = 0;
      } catch (error) {
        this.log.failed(RELAY, error);
        if (isDamaged(error)) return;
        this.failures += 1;
        await sleep(pauseMs(this.failures), { signal });
      }
    }
  }

  private async sweepWhenDue(): Promise<void> {
    const { at, isFull } = this.lastSweep;
    // There is more at once, unless what was found last time could not be delivered.
    const wait = isFull && this.hasDelivered ? 0 : at + SWEEP_MS - performance.now();
    if (wait > 0) return this.pause(wait);
    const found = await this.accounts.findUndelivered(ROUND);
    for (const { id } of found) this.woken.add(id);
    this.lastSweep = { at: performance.now(), isFull: found.length === ROUND };
    this.hasDelivered = false;
  }

  /** Until somebody wakes or stops the relay, or the time is over. */
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
      await allDone(
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
   * Makes sure of what goes with a registration or an erasure, should the process that wrote it have ended before.
   * @returns null when there is nothing to deliver, or not yet: the sweep tries again
   */
  private async prepare(stored: Stored<AccountDocument>, share: number): Promise<Run | null> {
    const { document } = stored;
    const messages = firstRun(document.undelivered, share);
    const [first] = messages;
    if (!first) return null;
    try {
      if (document.status === 'erased') await this.erasure.complete(document.accountId);
      else if (first.event.type === 'AccountRegistered') await this.directory.enter(document.accountId, document.email);
    } catch (error) {
      if (isDamaged(error)) throw error;
      this.log.failed('preparing the messages of an account', error);
      return null;
    }
    return { stored, topic: topicOf(first.event), messages };
  }

  private async deliver(topic: Topic, runs: readonly Run[]): Promise<void> {
    if (runs.length === 0) return;
    const messages = runs.flatMap((run) =>
      run.messages.map((message) => ({ key: run.stored.id, value: JSON.stringify(message) })),
    );
    await this.bus.publish(topic, messages);
    this.onPublished(messages.length);
    await allDone(runs.map((run) => this.confirm(run)));
  }

  private async confirm({ stored, messages }: Run): Promise<void> {
    await this.accounts.confirm(stored, new Set(messages.map(({ messageId }) => messageId)));
    this.hasDelivered = true;
    if (messages.length < stored.document.undelivered.length) this.woken.add(stored.id);
  }
}

/** Lets all of them end before the first failure, if any, is thrown. */
const allDone = async (tasks: readonly Promise<void>[]): Promise<void> => {
  const outcomes = await Promise.allSettled(tasks);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
};
