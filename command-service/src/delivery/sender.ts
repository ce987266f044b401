import type { EndpointKind } from '@rewards/contracts';
import type { DeliveryEndpoint } from '@rewards/domain';

/** A message to a receiver, the same for every attempt. */
export interface OutgoingMessage {
  /** The `deliveryId`, by which a receiver recognises a repetition. */
  readonly id: string;
  /** `reward.claimed`, … or `delivery.test`. */
  readonly type: string;
  /** The account that it concerns; null for a test. */
  readonly accountId: string | null;
  /** Time of the grant, ISO 8601 UTC. */
  readonly at: string;
  /** JSON text, as it is signed and sent. */
  readonly body: string;
}

/** What one attempt led to. */
export type Outcome =
  /** The receiver has it. `reference` is what the receiver calls it. */
  | { readonly kind: 'delivered'; readonly status: number | null; readonly tookMs: number; readonly reference?: string }
  /** Another attempt may succeed. */
  | (Failed & {
      readonly kind: 'retry';
      /** What the receiver asked for; null if nothing. */
      readonly retryAfterSeconds: number | null;
      /** Whether the receiver did not respond as a working one does, so that other deliveries would fail as well. */
      readonly isEndpointDown: boolean;
    })
  /** The receiver rejected it: another attempt would not succeed. */
  | (Failed & { readonly kind: 'rejected' })
  /** The player's inventory is full. */
  | (Failed & { readonly kind: 'inventoryFull' })
  /** The receiver no longer exists. */
  | (Failed & { readonly kind: 'gone' });

interface Failed {
  /** HTTP status of the answer; null if there was none. */
  readonly status: number | null;
  /** What went wrong, in one sentence, without content of the receiver. */
  readonly error: string;
  readonly tookMs: number;
}

/** Sends messages to the endpoints of one kind. */
export interface Sender {
  /** Makes one attempt. Never rejects. @param signal ends the attempt, which then counts as `retry` */
  send(endpoint: DeliveryEndpoint, message: OutgoingMessage, signal: AbortSignal): Promise<Outcome>;
  /** Closes the connections to an endpoint that was removed or changed. */
  release(endpointId: string): void;
  close(): Promise<void>;
}

/** The sender of each kind of endpoint. */
export type Senders = Readonly<Record<EndpointKind, Sender>>;
