/** `source` of every message that auth-service publishes. */
export const AUTH_SERVICE_SOURCE = '/login-rewards/auth-service';

/** The attributes of a CloudEvent. */
export interface CloudEvent {
  /** Unique per source. A repeated message has the same one. */
  readonly id: string;
  /** URI reference of the producer. */
  readonly source: string;
  readonly type: string;
  /** When it happened, ISO 8601 UTC. */
  readonly time: string;
  /** What it is about, such as an account. */
  readonly subject?: string;
}

/**
 * Returns the headers of a bus message whose value is JSON: CloudEvents 1.0 in the binary content mode of its Kafka protocol
 * binding (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md).
 */
export const cloudEventHeaders = ({ id, source, type, time, subject }: CloudEvent): Readonly<Record<string, string>> => ({
  ce_specversion: '1.0',
  ce_id: id,
  ce_source: source,
  ce_type: type,
  ce_time: time,
  ...(subject !== undefined && { ce_subject: subject }),
  'content-type': 'application/json',
});
