import { nextTurn } from '@rewards/async';
import { readDeliveries, RowBuckets, type LoggedDelivery } from '@rewards/checker';
import { REWARD_TYPES, type Position, type Upcast } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import type { LedgerLine } from './ledger';

/** The kinds of differences, in the order of the report. */
export const DIFFERENCES = {
  NOT_DELIVERED: 'Issued, but not delivered',
  NOT_HELD: 'Delivered, but not in the ledger',
  NEVER_ISSUED: 'In the ledger, but never issued',
  HELD_DIFFERENTLY: 'Held with another amount, account or reward',
  HELD_TWICE: 'Held more than once',
  ABANDONED: 'Abandoned',
} as const;
export type DifferenceKind = keyof typeof DIFFERENCES;

/** A difference of one delivery. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly deliveryId: string;
  readonly details: string;
}

/** Number and units of deliveries. */
export interface Amount {
  count: number;
  units: number;
}

/** What was issued, delivered and is held, of one reward type. */
export type Totals = Readonly<Record<'issued' | 'delivered' | 'held', Amount>>;

type Compared = Pick<LoggedDelivery, 'accountId' | 'rewardName' | 'type' | 'amount' | 'itemCode' | 'status' | 'isDelivered'>;

type Held = Omit<LedgerLine, 'deliveryId'>;

/** A delivery of the log or a line of the ledger. Null for a delivery of another day or endpoint. */
type Row = { readonly issued: Compared | null } | { readonly held: Held };

interface Entry {
  issued?: Compared | null;
  /** The different lines of the ledger, each with its total of times. */
  readonly held: Held[];
}

export interface ReconcileOptions {
  readonly endpointId: string;
  /** UTC day of the grants, yyyy-mm-dd. */
  readonly day: string;
  readonly ledger: AsyncIterable<LedgerLine>;
  readonly upcast: Upcast;
  readonly signal: AbortSignal;
}

/**
 * Compares what the log has issued to an endpoint on a day and recorded as delivered with what the ledger of the game has. Sorts
 * both into temporary files by delivery, so memory use grows with neither.
 */
export class Reconciliation {
  readonly totals = new Map<string, Totals>();
  readonly counts = new Map<DifferenceKind, number>();

  private constructor(
    private readonly rows: RowBuckets<Row>,
    readonly position: Position,
    /** The endpoints that the log has, also those that were removed. */
    readonly endpointIds: ReadonlySet<string>,
    private readonly signal: AbortSignal,
  ) {}

  /** Reads the ledger and the log. Call `remove` afterwards. @throws UnreadableLedger, the errors of the log, the signal's reason */
  static async of(store: EventStore, { endpointId, day, ledger, upcast, signal }: ReconcileOptions): Promise<Reconciliation> {
    const rows = await RowBuckets.create<Row>();
    try {
      // The log is read after the ledger, so that it has every grant that the ledger can have.
      for await (const { deliveryId, ...held } of ledger) {
        signal.throwIfAborted();
        rows.add(deliveryId, { held });
      }
      const onDeliveries = async (deliveries: readonly LoggedDelivery[]): Promise<void> => {
        for (const delivery of deliveries) {
          const isCompared = delivery.endpointId === endpointId && delivery.at.startsWith(`${day}T`);
          rows.add(delivery.deliveryId, { issued: isCompared ? comparedOf(delivery) : null });
        }
      };
      const { position, endpointIds } = await readDeliveries(store, { upcast, signal, onDeliveries });
      const reconciliation = new Reconciliation(rows, position, endpointIds, signal);
      for await (const entry of reconciliation.entries()) reconciliation.count(entry);
      return reconciliation;
    } catch (error) {
      await rows.remove();
      throw error;
    }
  }

  /** Finds the differences of one kind again, so that they need not be kept. */
  async *differences(kind: DifferenceKind): AsyncGenerator<Difference, void, undefined> {
    for await (const [deliveryId, entry] of this.entries())
      for (const one of differencesOf(entry)) if (one.kind === kind) yield { deliveryId, ...one };
  }

  async remove(): Promise<void> {
    await this.rows.remove();
  }

  private count([, entry]: readonly [string, Entry]): void {
    const { issued, held } = entry;
    for (const { kind } of differencesOf(entry)) this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    if (issued === null) return;
    if (issued) this.add(issued.type, 'issued', issued.amount);
    if (issued?.isDelivered) this.add(issued.type, 'delivered', issued.amount);
    for (const { type, amount, times } of held) this.add(type, 'held', amount, times);
  }

  private add(type: string, column: keyof Totals, amount: number, times = 1): void {
    // A ledger may contain any text.
    const row = (REWARD_TYPES as readonly string[]).includes(type) ? type : 'other';
    const totals = this.totals.get(row) ?? { issued: nothing(), delivered: nothing(), held: nothing() };
    this.totals.set(row, totals);
    totals[column].count += times;
    totals[column].units += times * amount;
  }

  private async *entries(): AsyncGenerator<readonly [deliveryId: string, entry: Entry], void, undefined> {
    for (const bucket of this.rows.buckets()) {
      // The file is read synchronously.
      await nextTurn();
      this.signal.throwIfAborted();
      const entries = new Map<string, Entry>();
      for (const [deliveryId, row] of bucket.read()) {
        const entry = entries.get(deliveryId) ?? { held: [] };
        entries.set(deliveryId, entry);
        if ('issued' in row) entry.issued = row.issued;
        else hold(entry.held, row.held);
      }
      yield* entries;
    }
  }
}

const nothing = (): Amount => ({ count: 0, units: 0 });

const comparedOf = (delivery: LoggedDelivery): Compared => {
  const { accountId, rewardName, type, amount, itemCode, status, isDelivered } = delivery;
  return { accountId, rewardName, type, amount, itemCode, status, isDelivered };
};

const FIELDS = ['accountId', 'rewardName', 'type', 'amount', 'itemCode'] as const;

const isDifferent = (a: Pick<Compared, (typeof FIELDS)[number]> | Held, b: Held): boolean =>
  FIELDS.some((field) => a[field] !== b[field]);

const hold = (held: Held[], line: Held): void => {
  const index = held.findIndex((one) => !isDifferent(one, line));
  const earlier = held[index];
  if (earlier) held[index] = { ...earlier, times: earlier.times + line.times };
  else held.push(line);
};

function* differencesOf({ issued, held }: Entry): Iterable<Omit<Difference, 'deliveryId'>> {
  if (issued === null) return;
  const [first] = held;
  if (!issued) {
    if (first) yield { kind: 'NEVER_ISSUED', details: `${whatOf(first)} for account ${first.accountId}` };
    return;
  }
  const { status, isDelivered } = issued;
  if (!isDelivered) {
    const kind = status === 'ABANDONED' ? 'ABANDONED' : 'NOT_DELIVERED';
    const isHeld = first ? ', but the game holds it' : '';
    yield { kind, details: `${status}${isHeld}: ${whatOf(issued)} for account ${issued.accountId}` };
  } else if (!first) yield { kind: 'NOT_HELD', details: `${whatOf(issued)} for account ${issued.accountId}` };
  const other = held.find((one) => isDifferent(issued, one));
  if (other) {
    const fields = FIELDS.filter((field) => other[field] !== issued[field]);
    const texts = fields.map((field) => `${field} ${other[field] ?? 'null'} instead of ${issued[field] ?? 'null'}`);
    yield { kind: 'HELD_DIFFERENTLY', details: texts.join(', ') };
  }
  const times = held.reduce((sum, one) => sum + one.times, 0);
  if (times > 1) yield { kind: 'HELD_TWICE', details: `${times} times: ${whatOf(issued)} for account ${issued.accountId}` };
}

const whatOf = ({ amount, type, rewardName }: Pick<LedgerLine, 'amount' | 'type' | 'rewardName'>): string =>
  `${amount} ${type} ${rewardName}`;
