import { cloudEventHeaders, REWARDS_TOPIC } from '@rewards/contracts';
import { MessageBusUnavailable, type MessageBus } from '@rewards/message-bus';
import type { Outcome, OutgoingMessage, Sender } from './sender';
import type { DeliveryEndpoint } from '@rewards/domain';

const SOURCE = '/delivery';

/** Publishes messages to the topic `rewards`. They are delivered when the broker has acknowledged them. */
export class BusSender implements Sender {
  constructor(private readonly bus: Pick<MessageBus, 'publish'>) {}

  async send(endpoint: DeliveryEndpoint, { id, type, accountId, at, body }: OutgoingMessage): Promise<Outcome> {
    const started = performance.now();
    const tookMs = (): number => Math.round(performance.now() - started);
    // A test concerns no account, so it is about its endpoint.
    const subject = accountId ?? endpoint.endpointId;
    const headers = cloudEventHeaders({ id, source: SOURCE, type, time: at, subject });
    try {
      await this.bus.publish(REWARDS_TOPIC, [{ key: subject, value: body, headers }]);
      return { kind: 'delivered', status: null, tookMs: tookMs() };
    } catch (cause) {
      const error =
        cause instanceof MessageBusUnavailable
          ? 'The message bus is unavailable.'
          : `The message bus did not accept the message: ${cause instanceof Error ? cause.name : 'unknown error'}.`;
      return { kind: 'retry', status: null, error, tookMs: tookMs(), retryAfterSeconds: null, isEndpointDown: true };
    }
  }

  release(): void {
    // The connection to the broker belongs to the whole process.
  }

  async close(): Promise<void> {
    // The service closes the bus.
  }
}
