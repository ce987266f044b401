import { PREFIXES, streams, type AuditView, type Position, type RecordedEvent } from '@rewards/contracts';
import { auditView } from '../audit/audit.projection';
import { factFrame } from './frames';

/** Selects the domain events that a reader receives. An omitted field does not filter. */
export interface AuditStreamFilter {
  readonly type?: string;
  /** The account that the domain event is about. */
  readonly accountId?: string;
  readonly eventId?: string;
}

/** A domain event in the audit streams. It is serialized once for all readers. */
export class AuditFact {
  private readonly view: AuditView;
  private serialized: string | null = null;

  /** @param recorded upcasted */
  constructor(recorded: RecordedEvent) {
    this.view = auditView(recorded);
  }

  get position(): Position {
    return this.view.position;
  }

  get frame(): string {
    const { actorId: _actorId, traceId: _traceId, order: _order, ...fact } = this.view;
    return (this.serialized ??= factFrame(this.position, fact));
  }

  matches({ type, accountId, eventId }: AuditStreamFilter): boolean {
    return (
      (type === undefined || this.view.type === type) &&
      (accountId === undefined || this.view.accountId === accountId) &&
      (eventId === undefined || this.view.eventId === eventId)
    );
  }
}

/** Returns the prefixes of the streams that can contain matching events; undefined if any stream can. */
export const prefixesFor = ({ eventId }: AuditStreamFilter): readonly string[] | undefined => {
  if (eventId === undefined) return undefined;
  const own = [streams.rewardEvent(eventId), `${PREFIXES.participation}${eventId}-`];
  return [...own, ...own.map(streams.refusals), streams.backfill(eventId)];
};
