import { auditEntryOf, PREFIXES, streams, type AuditEntry, type Position, type RecordedEvent } from '@rewards/contracts';
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
  private readonly entry: AuditEntry;
  private serialized: string | null = null;

  /** @param recorded upcasted */
  constructor(recorded: RecordedEvent) {
    this.entry = auditEntryOf(recorded);
  }

  get position(): Position {
    return this.entry.position;
  }

  get frame(): string {
    return (this.serialized ??= factFrame(this.position, this.entry));
  }

  matches({ type, accountId, eventId }: AuditStreamFilter): boolean {
    return (
      (type === undefined || this.entry.type === type) &&
      (accountId === undefined || this.entry.accountId === accountId) &&
      (eventId === undefined || this.entry.eventId === eventId)
    );
  }
}

/** Returns the prefixes of the streams that can contain matching events; undefined if any stream can. */
export const prefixesFor = ({ eventId }: AuditStreamFilter): readonly string[] | undefined => {
  if (eventId === undefined) return undefined;
  const own = [streams.rewardEvent(eventId), `${PREFIXES.participation}${eventId}-`];
  return [...own, ...own.map(streams.refusals), streams.backfill(eventId)];
};
