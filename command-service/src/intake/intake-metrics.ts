import { TOPICS } from '@rewards/contracts';
import type { MessageBus } from '@rewards/message-bus';
import type { Metrics } from '@rewards/service-kit/metrics';
import { Gauge, type Counter } from 'prom-client';

/** The consumer group of the intake, whose members are the instances of command-service. */
export const CONSUMER_GROUP = 'command-service';

/** The metrics of the intake. */
export class IntakeMetrics {
  readonly retries: Counter;
  readonly deadLetters: Counter;

  constructor(metrics: Metrics, bus: MessageBus) {
    this.retries = metrics.counter('intake_retries_total', 'Retries of messages, for any reason.');
    this.deadLetters = metrics.counter('dead_letters_total', 'Messages that this process recorded as dead letters.');
    new Gauge({
      name: 'bus_lag_messages',
      help: 'Messages on the bus that are not in the log yet.',
      labelNames: ['topic'],
      registers: [metrics.registry],
      async collect() {
        // While the bus is unavailable, the lag is unknown. The readiness check reports the outage.
        this.reset();
        for (const topic of TOPICS) {
          const lag = await bus.lag(CONSUMER_GROUP, topic).catch(() => null);
          if (lag !== null) this.set({ topic }, lag);
        }
      },
    });
  }
}
