import { singleFlight } from '@rewards/async';
import type { Clock } from '@rewards/service-kit/clock';
import type { Metrics } from '@rewards/service-kit/metrics';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { GrantDelivery } from '@rewards/service-kit/deliveries';
import type { Outcome } from '../sender';
import type { Dispatcher } from './dispatcher';

/** The metrics of deliveries. */
export class DeliveryMetrics {
  private readonly sent: Counter<'outcome'>;
  private readonly seconds: Histogram;

  constructor(
    metrics: Metrics,
    private readonly clock: Clock,
    dispatcher: () => Dispatcher | null,
  ) {
    this.sent = new Counter({
      name: 'deliveries_sent_total',
      help: 'Attempts by outcome: delivered, retry, rejected, inventoryFull or gone.',
      labelNames: ['outcome'],
      registers: [metrics.registry],
    });
    this.seconds = new Histogram({
      name: 'delivery_seconds',
      help: 'Time from a grant until its endpoint accepted the delivery.',
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3_600, 86_400],
      registers: [metrics.registry],
    });
    this.reportReceivers(metrics, dispatcher);
    metrics.gauge(
      'dispatcher_stopped',
      '1 while the dispatcher cannot deliver at all; GET /health/ready reports why.',
      async () => (dispatcher()?.failure ? 1 : 0),
    );
  }

  observe({ at }: GrantDelivery, { kind }: Outcome): void {
    this.sent.inc({ outcome: kind });
    if (kind === 'delivered') this.seconds.observe(Math.max(0, this.clock.now() - Date.parse(at)) / 1_000);
  }

  private reportReceivers(metrics: Metrics, dispatcher: () => Dispatcher | null): void {
    const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['endpoint'] as const, registers: [] });
    const pending = gauge('deliveries_pending', 'Deliveries that wait for an attempt.');
    const parked = gauge('deliveries_parked', 'Deliveries that wait for an operator or for a login of the player.');
    const oldest = gauge('delivery_oldest_pending_seconds', 'Age of the oldest pending delivery; 0 if none is pending.');
    const circuit = gauge('delivery_circuit_open', '1 while the endpoint does not respond and is only probed.');
    const read = async (): Promise<void> => {
      const receivers = (await dispatcher()?.receivers()) ?? [];
      for (const each of [pending, parked, oldest, circuit]) each.reset();
      for (const { endpoint, ...state } of receivers) {
        const label = { endpoint: endpoint.endpointId };
        const age = state.oldestPendingAt === null ? 0 : this.clock.now() - Date.parse(state.oldestPendingAt);
        pending.set(label, state.pending);
        parked.set(label, state.parked);
        oldest.set(label, Math.max(0, age) / 1_000);
        circuit.set(label, state.circuitOpenedBy === null ? 0 : 1);
      }
    };
    // The four gauges of a scrape share one read. If the index is unavailable, they keep their values.
    const collect = singleFlight(() => read().catch(() => undefined));
    for (const each of [pending, parked, oldest, circuit]) metrics.registry.registerMetric(Object.assign(each, { collect }));
  }
}
