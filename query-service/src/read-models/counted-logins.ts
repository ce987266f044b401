import { singleFlight, sleep } from '@rewards/async';
import {
  COUNTER_CHECKPOINT,
  COUNTER_CHECKPOINTS,
  isId,
  START,
  streams,
  type Checkpoint,
  type LoginEvent,
  type Position,
  type Upcast,
} from '@rewards/contracts';
import { needsBackfill, RewardEvents } from '@rewards/domain';
import type { DocumentStore } from '@rewards/document-store';
import { mismatchOf, tryInterpret, type EventStore } from '@rewards/event-store';
import type { Clock } from '@rewards/service-kit/clock';
import { reject } from '../queries.problems';

const POLL_MS = 20;
const DAY_MS = 86_400_000;
/** Length of yyyy-mm. */
const MONTH_LENGTH = 7;

/** A login of a player, who wants to read its effect. */
export interface OwnLogin {
  readonly accountId: string;
  readonly loginId: string;
  /** The event whose progress the player reads. While its backfill runs, that one counts its logins instead of the counter. */
  readonly eventId?: string;
}

/** How far the counter was, and the end of the log at or after that time. */
interface Counted {
  readonly position: Position;
  readonly head: Position;
}

/** The counting of the logins from before the publication of an event, and of those that arrive meanwhile. */
type Backfill = 'NONE' | 'RUNNING' | 'FINISHED';

/** The backfill of an event, and how long that is known, in milliseconds. */
interface KnownBackfill {
  readonly backfill: Backfill;
  readonly keepMs: number;
}

/** Events whose backfill is remembered. */
const MAX_EVENTS = 1_000;
/**
 * An event that began after its publication needs no backfill, and can no longer become a draft. Whether it has begun depends on the
 * clock of this process, so it is read again after this time.
 */
const BEGUN_KEEP_MS = 60_000;

/** Waits until the counter has counted or judged a login. The counter may run in another process. */
export class CountedLogins {
  /** One read of the counter's position for all concurrent queries. */
  private readonly load = singleFlight(() => this.read());
  /** One poll for all waiting queries; there are no polls without waiting queries. */
  private readonly poll = singleFlight(async () => {
    await sleep(POLL_MS);
    return this.load();
  });

  /** What `backfillOf` reads or has read, by event. The event that was requested last is at the end. */
  private readonly backfills = new Map<string, () => Promise<KnownBackfill>>();

  /** @param command the documents of command-service */
  constructor(
    private readonly command: DocumentStore,
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly upcast: Upcast,
  ) {}

  /**
   * Waits for a login.
   * @param deadline in milliseconds of `performance.now()`
   * @returns a position at or after everything that counting the login recorded
   * @throws Rejected LOGIN_NOT_COUNTED at the deadline, also for a login that the account does not have; EventStoreUnavailable,
   * DocumentStoreUnavailable
   */
  async waitFor(login: OwnLogin, deadline: number): Promise<Position> {
    const search = new LoginSearch(this.store, login, this.upcast);
    let counted = await this.load();
    let position = (await search.inMonths(this.recentMonths())) ?? (await this.inEarlierMonths(search, login, deadline));
    for (;;) {
      if (position !== null && position <= counted.position) {
        const { eventId } = login;
        if (eventId === undefined || !isId(eventId)) return counted.head;
        const backfill = await this.backfillOf(eventId);
        if (backfill !== 'RUNNING') return backfill === 'NONE' ? counted.head : this.store.head();
      }
      if (performance.now() >= deadline) return reject('LOGIN_NOT_COUNTED');
      const { position: before } = counted;
      counted = await this.poll();
      // The counter moves past every recorded login, so a login that was not recorded before is searched only after a move.
      if (counted.position !== before) position ??= await search.inMonths(this.recentMonths());
    }
  }

  /** Returns whether an event needs a backfill, and whether it has finished. Reads that once it is final only from time to time. */
  private async backfillOf(eventId: string): Promise<Backfill> {
    const read =
      this.backfills.get(eventId) ??
      singleFlight(
        () => this.readBackfill(eventId),
        ({ keepMs }) => keepMs,
      );
    this.backfills.delete(eventId);
    this.backfills.set(eventId, read);
    const [oldest] = this.backfills.keys();
    if (oldest !== undefined && this.backfills.size > MAX_EVENTS) this.backfills.delete(oldest);
    return (await read()).backfill;
  }

  private async readBackfill(eventId: string): Promise<KnownBackfill> {
    const stream = streams.rewardEvent(eventId);
    const events = new RewardEvents(this.upcast);
    for (const recorded of await this.store.readStream(stream)) {
      // Nothing is counted for an event that cannot be read.
      if (tryInterpret(recorded, () => void events.fold(recorded))) return { backfill: 'NONE', keepMs: 0 };
    }
    const event = events.get(stream);
    const hasBegun = event.situation === 'existing' && event.publishedAt !== null && event.startsAt <= this.clock.iso();
    if (needsBackfill(event)) {
      const hasFinished = (await this.store.readStream(streams.backfill(eventId))).length > 0;
      return hasFinished ? { backfill: 'FINISHED', keepMs: Infinity } : { backfill: 'RUNNING', keepMs: 0 };
    }
    return { backfill: 'NONE', keepMs: hasBegun ? BEGUN_KEEP_MS : 0 };
  }

  /** The months in which a login of now may be recorded. Clocks of services may differ, by at most a day. */
  private recentMonths(): readonly string[] {
    const now = Date.parse(this.clock.iso());
    return [...new Set([0, DAY_MS, -DAY_MS].map((offset) => monthOf(now + offset)))];
  }

  private async inEarlierMonths(search: LoginSearch, { accountId }: OwnLogin, deadline: number): Promise<Position | null> {
    const [registered] = await this.store.readStream(streams.account(accountId));
    const since = registered && Date.parse(registered.metadata.at);
    if (since === undefined || Number.isNaN(since)) return null;
    const now = new Date(this.clock.iso());
    for (let back = 1; performance.now() < deadline; back += 1) {
      const start = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back);
      const position = await search.inMonths([monthOf(start)]);
      if (position !== null || start <= since) return position;
    }
    return null;
  }

  private async read(): Promise<Counted> {
    const checkpoints = await this.command.collection<Checkpoint>(COUNTER_CHECKPOINTS);
    const checkpoint = (await checkpoints.get(COUNTER_CHECKPOINT))?.document;
    if (!checkpoint) return { position: START, head: START };
    const [mismatch, head] = await Promise.all([mismatchOf(this.store, checkpoint), this.store.head()]);
    // A counter whose checkpoint does not match the log has stopped.
    return { position: mismatch === null ? checkpoint.position : START, head };
  }
}

const monthOf = (time: number): string => new Date(time).toISOString().slice(0, MONTH_LENGTH);

/** Finds a login in the log. It reads each domain event of a stream only once. */
class LoginSearch {
  /** By stream, the next revision to read. */
  private readonly next = new Map<string, number>();

  constructor(
    private readonly store: EventStore,
    private readonly login: OwnLogin,
    private readonly upcast: Upcast,
  ) {}

  /** @returns the position of the login, null if it is not recorded in these months */
  async inMonths(months: readonly string[]): Promise<Position | null> {
    for (const month of months) {
      const stream = streams.login(this.login.accountId, month);
      const from = this.next.get(stream) ?? 0;
      const recorded = await this.store.readStream(stream, from);
      this.next.set(stream, from + recorded.length);
      const found = recorded.find((event) => {
        let isFound = false;
        tryInterpret(event, () => (isFound = this.upcast<LoginEvent>(event).data.loginId === this.login.loginId));
        return isFound;
      });
      if (found) return found.position;
    }
    return null;
  }
}
