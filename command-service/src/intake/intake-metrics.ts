import { TOPICS } from '@rewards/contracts';
import type { MessageBus } from '@rewards/message-bus';
import type { Metrics } from '@rewards/service-kit/metrics';
import { Gauge, type Counter } from 'prom-client';

/** Under which the intake of every instance shares the messages out. */
export const CONSUMER_GROUP = 'command-service';

/** What /metrics tells of the way from the bus to the log. */
export class IntakeMetrics {
  readonly retries: Counter;
  readonly deadLetters: Counter;

  constructor(metrics: Metrics, bus: MessageBus) {
    this.retries = metrics.counter('intake_retries_total', 'Times that a message was tried again, whatever the reason.');
    this.deadLetters = metrics.counter('dead_letters_total', 'Messages that this process could not handle and put aside.');
    new Gauge({
      name: 'bus_lag_messages',
      help: 'Messages on the bus that are not in the log yet.',
      labelNames: ['topic'],
      registers: [metrics.registry],
      async collect() {
        // While the bus is unavailable the lag is unknown; readiness reports that.
        this.reset();
        for (const topic of TOPICS) {
          const lag = await bus.lag(CONSUMER_GROUP, topic).catch(() => null);
          if (lag !== null) this.set({ topic }, lag);
        }
      },
    });
  }
}
