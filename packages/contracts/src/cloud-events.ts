/** What the CloudEvents headers of a message say. */
export interface CloudEvent {
  /** Unique for its source; the same for each repetition of the message. */
  readonly id: string;
  /** The service that publishes it, as a URI reference. */
  readonly source: string;
  readonly type: string;
  /** When it happened, ISO 8601 UTC. */
  readonly time: string;
  /** What it is about: an account. */
  readonly subject: string;
}

/** @returns the headers of a message by CloudEvents 1.0 (Kafka protocol binding, binary content mode) */
export const cloudEventHeaders = ({ id, source, type, time, subject }: CloudEvent): Readonly<Record<string, string>> => ({
  ce_specversion: '1.0',
  ce_id: id,
  ce_source: source,
  ce_type: type,
  ce_time: time,
  ce_subject: subject,
  'content-type': 'application/json',
});
