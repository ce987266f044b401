import type { Metrics } from '@rewards/service-kit/metrics';
import { Counter, Gauge } from 'prom-client';
import type { Monitor, ProjectionReport } from './monitor';

/** Metrics of the projections. */
export class ProjectionMetrics {
  private readonly events: Counter<'projection'>;

  constructor({ registry }: Metrics, monitor: Monitor) {
    this.events = new Counter({
      name: 'projection_events_total',
      help: 'Domain events that this process has processed for a projection.',
      labelNames: ['projection'],
      registers: [registry],
    });
    const gauge = (name: string, help: string, value: (report: ProjectionReport) => number) =>
      new Gauge({
        name,
        help,
        labelNames: ['projection'],
        registers: [registry],
        async collect() {
          this.reset();
          // There is nothing to report while an engine is unavailable. Readiness shows that.
          for (const report of await monitor.report().catch(() => [])) this.set({ projection: report.name }, value(report));
        },
      });
    gauge(
      'projection_lag_seconds',
      'Seconds since the read model last contained every domain event of the log; 0 if it is up to date.',
      ({ lagMs }) => lagMs / 1_000,
    );
    gauge('projection_stopped', '1 if the projection has stopped and needs an operator, otherwise 0.', ({ state }) =>
      state === 'STOPPED' ? 1 : 0,
    );
  }

  batch(projection: string, events: number): void {
    this.events.inc({ projection }, events);
  }
}
