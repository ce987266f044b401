import type { Checkpoint, Position } from '@rewards/contracts';
import { countSlice, type Collection, type CollectionSpec, type DocumentStore, type Stored } from '@rewards/document-store';
import type { OpenDeliveryDocument, OpenStatus } from './open-delivery';

/**
 * A document of the collection. One of a delivery that has ended stays for some time, so that a dispatcher that was suspended cannot
 * write an older one: `writeNewer` skips it.
 */
interface StoredDelivery extends Omit<OpenDeliveryDocument, 'status'> {
  readonly status: OpenStatus | 'ENDED';
  /** When it was marked as ended. */
  readonly endedAt?: string;
}

/** The deliveries that were open at the dispatcher's checkpoint, or a little later. */
export const OPEN_DELIVERIES: CollectionSpec<StoredDelivery> = {
  name: 'openDeliveries',
  indexes: [
    { fields: ['endpointId', 'status', 'dueAt'] },
    { fields: ['endpointId', 'status', 'order'] },
    { fields: ['parkedFor', 'accountId'], sparse: true },
    { fields: ['endedAt'], sparse: true },
  ],
};
export const DISPATCHER_CHECKPOINT: CollectionSpec<Checkpoint> = { name: 'dispatcherCheckpoint', indexes: [] };

const CHECKPOINT_ID = 'dispatcher';
/** Documents that are read or removed at the same time. */
const PAGE = 1_000;
/** Documents of one endpoint and status, in their order. */
interface CountedSlice {
  readonly count: number;
  /** Order of the last one; null if no documents follow. */
  readonly upTo: string | null;
}

/**
 * The index of open deliveries, which the log can rebuild. It is up to two seconds behind the log. Only the dispatcher uses it.
 */
export class OpenDeliveries {
  private opened: Promise<readonly [Collection<StoredDelivery>, Collection<Checkpoint>]> | null = null;

  constructor(private readonly documents: DocumentStore) {}

  /** Returns the deliveries that are parked because the inventory of one of these players is full. */
  async parkedForAccounts(accountIds: readonly string[], limit: number): Promise<readonly OpenDeliveryDocument[]> {
    const found = await (
      await this.deliveries()
    ).find({
      where: { parkedFor: 'INVENTORY_FULL', accountId: { in: accountIds } },
      limit,
    });
    return openOnes(found);
  }

  /** Returns the accounts with such deliveries; null if there are more than the limit. */
  async accountsWithFullInventory(limit: number): Promise<Set<string> | null> {
    const found = await (await this.deliveries()).find({ where: { parkedFor: 'INVENTORY_FULL' }, limit: limit + 1 });
    return found.length > limit ? null : new Set(found.map(({ document }) => document.accountId));
  }

  /** Returns the pending deliveries of an endpoint, in the order in which they are due. @param all also the parked ones */
  async due(endpointId: string, limit: number, all: boolean): Promise<readonly OpenDeliveryDocument[]> {
    const collection = await this.deliveries();
    const found: OpenDeliveryDocument[] = [];
    // One query for each status: their index orders only the deliveries of one.
    for (const status of all ? (['PENDING', 'PARKED'] as const) : (['PENDING'] as const)) {
      if (found.length >= limit) break;
      const page = await collection.find({
        where: { endpointId, status },
        orderBy: { field: 'dueAt', direction: 'ascending' },
        limit: limit - found.length,
      });
      found.push(...openOnes(page));
    }
    return found;
  }

  /** Counts the next documents of an endpoint, at most one slice of them. @param after order of the last one that is counted already; '' for none */
  async countAfter(endpointId: string, status: OpenStatus, after: string): Promise<CountedSlice> {
    const where = { endpointId, status, order: { gt: after } };
    const { count, end } = await countSlice(await this.deliveries(), where, 'order');
    return { count, upTo: end?.order ?? null };
  }

  /** Returns the pending delivery of an endpoint with the oldest grant. */
  async oldestPending(endpointId: string): Promise<OpenDeliveryDocument | null> {
    const found = await (
      await this.deliveries()
    ).find({
      where: { endpointId, status: 'PENDING' },
      orderBy: { field: 'order', direction: 'ascending' },
      limit: 1,
    });
    return openOnes(found)[0] ?? null;
  }

  async get(ids: readonly string[]): Promise<readonly OpenDeliveryDocument[]> {
    const collection = await this.deliveries();
    const found: OpenDeliveryDocument[] = [];
    for (let first = 0; first < ids.length; first += PAGE) {
      const stored = await collection.getMany(ids.slice(first, first + PAGE));
      found.push(...openOnes([...stored.values()]));
    }
    return found;
  }

  /** Writes documents as of a position; a document of a later position stays. */
  async write(documents: readonly OpenDeliveryDocument[], position: Position): Promise<void> {
    const collection = await this.deliveries();
    await collection.writeNewer(documents.map((document) => ({ id: document.deliveryId, position, document })));
  }

  /** Marks deliveries as ended at a position; a document of a later position stays. @param endedAt the current time */
  async markEnded(documents: readonly OpenDeliveryDocument[], position: Position, endedAt: string): Promise<void> {
    const collection = await this.deliveries();
    for (let first = 0; first < documents.length; first += PAGE) {
      const ended = documents.slice(first, first + PAGE).map((document) => ({
        id: document.deliveryId,
        position,
        document: { ...document, status: 'ENDED', parkedFor: null, endedAt } as const,
      }));
      await collection.writeNewer(ended);
    }
  }

  /** Removes documents that were marked as ended before a time, at most 1,000. */
  async removeEnded(before: string): Promise<void> {
    const collection = await this.deliveries();
    const found = await collection.find({ where: { endedAt: { lt: before } }, limit: PAGE });
    // One that is written again meanwhile stays.
    await Promise.all(found.map(({ id, version }) => collection.delete(id, version)));
  }

  /** Returns the checkpoint that belongs to the documents; null if there is none. */
  async checkpoint(): Promise<Checkpoint | null> {
    return (await (await this.checkpoints()).get(CHECKPOINT_ID))?.document ?? null;
  }

  /** Saves a checkpoint, unless a later one is saved. */
  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    await (await this.checkpoints()).writeNewer([{ id: CHECKPOINT_ID, position: checkpoint.position, document: checkpoint }]);
  }

  /** Removes everything. The checkpoint first, so that no checkpoint ever belongs to missing documents. */
  async clear(): Promise<void> {
    const [deliveries, checkpoints] = await this.collections();
    await checkpoints.drop();
    await deliveries.drop();
    this.opened = null;
    await this.collections();
  }

  private async deliveries(): Promise<Collection<StoredDelivery>> {
    return (await this.collections())[0];
  }

  private async checkpoints(): Promise<Collection<Checkpoint>> {
    return (await this.collections())[1];
  }

  private collections() {
    const open = (): NonNullable<typeof this.opened> =>
      Promise.all([this.documents.collection(OPEN_DELIVERIES), this.documents.collection(DISPATCHER_CHECKPOINT)]);
    return (this.opened ??= open().catch((error: unknown) => {
      this.opened = null;
      throw error;
    }));
  }
}

const openOnes = (stored: readonly Stored<StoredDelivery>[]): readonly OpenDeliveryDocument[] =>
  stored.flatMap(({ document }) => {
    const { endedAt: _endedAt, status, ...rest } = document;
    return status === 'ENDED' ? [] : [{ ...rest, status }];
  });
