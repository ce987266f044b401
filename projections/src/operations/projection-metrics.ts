import type { Metrics } from '@rewards/service-kit/metrics';
import { Counter, Gauge } from 'prom-client';
import type { Monitor, ProjectionReport } from './monitor';

/** What /metrics tells of projections. */
export class ProjectionMetrics {
  private readonly events: Counter<'projection'>;

  constructor({ registry }: Metrics, monitor: Monitor) {
    this.events = new Counter({
      name: 'projection_events_total',
      help: 'Facts that this process read into a read model.',
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
          // While an engine is away there is nothing to tell; readiness tells that.
          for (const report of await monitor.report().catch(() => [])) this.set({ projection: report.name }, value(report));
        },
      });
    gauge(
      'projection_lag_seconds',
      'For how long the read model has not held everything that the log had.',
      ({ lagMs }) => lagMs / 1_000,
    );
    gauge('projection_stopped', '1 when the projection has stopped and needs somebody.', ({ state }) =>
      state === 'STOPPED' ? 1 : 0,
    );
  }

  batch(projection: string, events: number): void {
    this.events.inc({ projection }, events);
  }
}
