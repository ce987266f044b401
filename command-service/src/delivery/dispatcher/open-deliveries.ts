import type { Checkpoint, Position } from '@rewards/contracts';
import type { Collection, CollectionSpec, DocumentStore } from '@rewards/document-store';
import type { OpenDeliveryDocument } from './open-delivery';

/** The deliveries that were open at the dispatcher's checkpoint, or a little later. */
export const OPEN_DELIVERIES: CollectionSpec<OpenDeliveryDocument> = {
  name: 'openDeliveries',
  indexes: [
    { fields: ['endpointId', 'status', 'dueAt'] },
    { fields: ['endpointId', 'status', 'order'] },
    { fields: ['parkedFor', 'accountId'], sparse: true },
  ],
};
export const DISPATCHER_CHECKPOINT: CollectionSpec<Checkpoint> = { name: 'dispatcherCheckpoint', indexes: [] };

const CHECKPOINT_ID = 'dispatcher';
/** Documents that are read or removed at the same time. */
const PAGE = 1_000;

/**
 * The index of open deliveries, which the log can rebuild. It is up to two seconds behind the log. Only the dispatcher uses it.
 */
export class OpenDeliveries {
  private opened: Promise<readonly [Collection<OpenDeliveryDocument>, Collection<Checkpoint>]> | null = null;

  constructor(private readonly documents: DocumentStore) {}

  /** Returns the deliveries that are parked because the inventory of one of these players is full. */
  async parkedForAccounts(accountIds: readonly string[], limit: number): Promise<readonly OpenDeliveryDocument[]> {
    const found = await (
      await this.deliveries()
    ).find({
      where: { parkedFor: 'INVENTORY_FULL', accountId: { in: accountIds } },
      limit,
    });
    return found.map(({ document }) => document);
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
      found.push(...page.map(({ document }) => document));
    }
    return found;
  }

  async count(endpointId: string, status: OpenDeliveryDocument['status']): Promise<number> {
    return (await this.deliveries()).count({ endpointId, status });
  }

  /** Returns the pending delivery of an endpoint with the oldest grant. */
  async oldestPending(endpointId: string): Promise<OpenDeliveryDocument | null> {
    const [oldest] = await (
      await this.deliveries()
    ).find({
      where: { endpointId, status: 'PENDING' },
      orderBy: { field: 'order', direction: 'ascending' },
      limit: 1,
    });
    return oldest?.document ?? null;
  }

  async get(ids: readonly string[]): Promise<readonly OpenDeliveryDocument[]> {
    const found: OpenDeliveryDocument[] = [];
    for (let first = 0; first < ids.length; first += PAGE)
      for (const { document } of (await (await this.deliveries()).getMany(ids.slice(first, first + PAGE))).values())
        found.push(document);
    return found;
  }

  /** Writes documents as of a position; a document of a later position stays. */
  async write(documents: readonly OpenDeliveryDocument[], position: Position): Promise<void> {
    const collection = await this.deliveries();
    await collection.writeNewer(documents.map((document) => ({ id: document.deliveryId, position, document })));
  }

  /** Removes the documents of deliveries that had ended at a position; a document of a later position stays. */
  async remove(ids: readonly string[], position: Position): Promise<void> {
    const collection = await this.deliveries();
    for (let rest = ids; rest.length > 0; rest = rest.slice(PAGE)) {
      // A document that another process replaces meanwhile is read again.
      for (let page = rest.slice(0, PAGE); page.length > 0;) {
        const stored = [...(await collection.getMany(page)).values()].filter((one) => (one.position ?? position) <= position);
        const removed = await Promise.all(stored.map(({ id, version }) => collection.delete(id, version)));
        page = stored.filter((_, index) => !removed[index]).map(({ id }) => id);
      }
    }
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

  private async deliveries(): Promise<Collection<OpenDeliveryDocument>> {
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
