import { Injectable } from '@nestjs/common';
import type { StreamHandlerOptions } from '@rewards/event-store';
import { Metrics } from '@rewards/service-kit/metrics';
import { Histogram } from 'prom-client';

/** The metrics of commands. */
@Injectable()
export class CommandMetrics {
  private readonly durations: Histogram<'command' | 'outcome'>;
  /** Options of command loops that count their conflicts and retries. */
  readonly ofStreams: Pick<StreamHandlerOptions, 'onConflict' | 'onRetry'>;

  constructor(metrics: Metrics) {
    this.durations = new Histogram({
      name: 'command_duration_seconds',
      help: 'Duration of commands; outcome is done, failed, or the rejection reason.',
      labelNames: ['command', 'outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers: [metrics.registry],
    });
    const conflicts = metrics.counter('append_conflicts_total', 'Appends that failed on a version conflict.');
    const retries = metrics.counter(
      'append_retries_total',
      'Decisions repeated after a version conflict; the tenth conflict fails the command.',
    );
    this.ofStreams = { onConflict: () => conflicts.inc(), onRetry: () => retries.inc() };
  }

  /** @returns a function to call with the outcome */
  commandStarted(command: string): (outcome: string) => void {
    const end = this.durations.startTimer({ command });
    return (outcome) => void end({ outcome });
  }
}
