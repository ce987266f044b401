import { PREFIXES, streams, type AuditView, type Position, type RecordedEvent } from '@rewards/contracts';
import { auditView } from '../audit/audit.projection';
import { factFrame } from './frames';

/** Which facts a reader wants; what is left out asks for nothing. */
export interface AuditStreamFilter {
  readonly type?: string;
  /** The account that the fact is about. */
  readonly accountId?: string;
  readonly eventId?: string;
}

/** A recorded fact on its way to readers: written out once, however many want it. */
export class AuditFact {
  private readonly view: AuditView;
  private written: string | null = null;

  /** @param recorded in the shape of today */
  constructor(recorded: RecordedEvent) {
    this.view = auditView(recorded);
  }

  get position(): Position {
    return this.view.position;
  }

  get frame(): string {
    const { actorId: _actorId, traceId: _traceId, order: _order, ...fact } = this.view;
    return (this.written ??= factFrame(this.position, fact));
  }

  matches({ type, accountId, eventId }: AuditStreamFilter): boolean {
    return (
      (type === undefined || this.view.type === type) &&
      (accountId === undefined || this.view.accountId === accountId) &&
      (eventId === undefined || this.view.eventId === eventId)
    );
  }
}

/** Prefixes of the streams that can hold what a filter lets through; undefined where any stream can. */
export const prefixesFor = ({ eventId }: AuditStreamFilter): readonly string[] | undefined => {
  if (eventId === undefined) return undefined;
  const own = [streams.rewardEvent(eventId), `${PREFIXES.participation}${eventId}-`];
  return [...own, ...own.map(streams.refusals), streams.backfill(eventId)];
};
