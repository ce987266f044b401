import type { OpenDeliveries } from './open-deliveries';
import type { OpenStatus } from './open-delivery';

interface Count {
  readonly endpointId: string;
  readonly status: OpenStatus;
  total: number;
  /** Order up to which the documents are counted; null once all are. */
  upTo: string | null;
}

/**
 * Counts the documents of the index by endpoint and status: once, in slices, and from then on each change. A change between two slices
 * counts if the count has passed its document, and otherwise a later slice finds it.
 */
export class OpenCounts {
  private readonly counts = new Map<string, Count>();

  /** @param endpointIds the endpoints that the index may have documents of */
  constructor(endpointIds: Iterable<string>) {
    for (const endpointId of endpointIds) {
      this.set(endpointId, 'PENDING', '');
      this.set(endpointId, 'PARKED', '');
    }
  }

  /** Returns the number of documents. */
  of(endpointId: string, status: OpenStatus): number {
    return this.counts.get(keyOf(endpointId, status))?.total ?? 0;
  }

  /** Counts the next slice; nothing may change the index meanwhile. @returns whether all documents are counted */
  async countNext(index: Pick<OpenDeliveries, 'countAfter'>): Promise<boolean> {
    const next = [...this.counts.values()].find(({ upTo }) => upTo !== null);
    if (!next || next.upTo === null) return true;
    const { count, upTo } = await index.countAfter(next.endpointId, next.status, next.upTo);
    next.total += count;
    next.upTo = upTo;
    return false;
  }

  /** Notes a change of a document. @param from its status before; null without one @param to its status now; null without one */
  changed(endpointId: string, order: string, from: OpenStatus | null, to: OpenStatus | null): void {
    if (from === to) return;
    if (from) this.add(endpointId, order, from, -1);
    if (to) this.add(endpointId, order, to, 1);
  }

  private add(endpointId: string, order: string, status: OpenStatus, difference: 1 | -1): void {
    // An endpoint that was added later has no documents that are not counted.
    const count = this.counts.get(keyOf(endpointId, status)) ?? this.set(endpointId, status, null);
    if (count.upTo === null || order <= count.upTo) count.total += difference;
  }

  private set(endpointId: string, status: OpenStatus, upTo: string | null): Count {
    const count: Count = { endpointId, status, total: 0, upTo };
    this.counts.set(keyOf(endpointId, status), count);
    return count;
  }
}

const keyOf = (endpointId: string, status: OpenStatus): string => `${endpointId} ${status}`;
