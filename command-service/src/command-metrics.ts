import { Injectable } from '@nestjs/common';
import { Metrics } from '@rewards/service-kit/metrics';
import { Histogram, type Counter } from 'prom-client';

/** The metrics of commands. */
@Injectable()
export class CommandMetrics {
  private readonly durations: Histogram<'command' | 'outcome'>;
  private readonly conflicts: Counter;
  private readonly retries: Counter;

  constructor(metrics: Metrics) {
    this.durations = new Histogram({
      name: 'command_duration_seconds',
      help: 'Duration of commands; outcome is done, failed, or the rejection reason.',
      labelNames: ['command', 'outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers: [metrics.registry],
    });
    this.conflicts = metrics.counter('append_conflicts_total', 'Appends that failed on a version conflict.');
    this.retries = metrics.counter(
      'append_retries_total',
      'Decisions repeated after a version conflict; the tenth conflict fails the command.',
    );
  }

  /** @returns a function to call with the outcome */
  commandStarted(command: string): (outcome: string) => void {
    const end = this.durations.startTimer({ command });
    return (outcome) => void end({ outcome });
  }

  conflict(): void {
    this.conflicts.inc();
  }

  retry(): void {
    this.retries.inc();
  }
}
