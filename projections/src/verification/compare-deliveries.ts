import type { Findings, LoggedDelivery } from '@rewards/checker';
import { readModelCollection, type DeliveryView, type Position } from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
import type { AnyProjection } from '../runner/projection';
import type { VerificationEngines } from './verification-part';

const DOCUMENTS_AT_ONCE = 1_000;

/**
 * Checks that each delivery that the checker finds in the log is in the read model. The comparison of the read model uses the
 * domain's choice of the endpoint, and the checker has its own, so a defect of that choice is found here.
 */
export class DeliveriesComparison {
  private constructor(
    private readonly documents: Collection<DeliveryView>,
    private readonly checkpoint: Position,
    private readonly findings: Findings,
  ) {}

  /** @returns null if the live version was not filled by this table from this log */
  static async create(
    projections: readonly AnyProjection[],
    { store, views, checkpoints }: VerificationEngines,
    findings: Findings,
  ): Promise<DeliveriesComparison | null> {
    const projection = projections.find(({ name }) => name === 'deliveries');
    if (!projection) return null;
    const live = (await checkpoints.loadAll([projection.name])).get(projection.name)?.live;
    if (!live || live.table !== projection.tableVersion || live.logId !== (await store.logId())) return null;
    const name = readModelCollection(projection.name, live.version);
    return new DeliveriesComparison(await views.collection({ name, indexes: [] }), live.position, findings);
  }

  async compare(deliveries: readonly LoggedDelivery[]): Promise<void> {
    const expected = deliveries.filter(({ createdBy }) => createdBy.position <= this.checkpoint);
    for (let from = 0; from < expected.length; from += DOCUMENTS_AT_ONCE) {
      const part = expected.slice(from, from + DOCUMENTS_AT_ONCE);
      const stored = await this.documents.getMany(part.map(idOf));
      for (const delivery of part) {
        const { createdBy, deliveryId, endpointId, amount, rewardName } = delivery;
        const view = stored.get(idOf(delivery))?.document;
        if (view?.amount === amount && view.rewardName === rewardName) continue;
        const message = `the read model deliveries does not have delivery ${deliveryId} of ${amount} ${rewardName} to ${endpointId}`;
        this.findings.add('DELIVERY_MISSING', createdBy.stream, createdBy.revision, message);
      }
    }
  }
}

const idOf = ({ deliveryId, endpointId }: LoggedDelivery): string => `${deliveryId}_${endpointId}`;
