import { Injectable } from '@nestjs/common';
import { Metrics } from '@rewards/service-kit/metrics';
import { Counter, Histogram } from 'prom-client';

/** What /metrics tells of commands. */
@Injectable()
export class CommandMetrics {
  private readonly durations: Histogram<'command' | 'outcome'>;
  private readonly conflicts: Counter;

  constructor({ registry }: Metrics) {
    this.durations = new Histogram({
      name: 'command_duration_seconds',
      help: 'Time that a command took; outcome is done, failed, or the reason of its refusal.',
      labelNames: ['command', 'outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers: [registry],
    });
    this.conflicts = new Counter({
      name: 'append_conflicts_total',
      help: 'Appends that lost their race and were decided again.',
      registers: [registry],
    });
  }

  /** @returns to be called with the outcome */
  commandStarted(command: string): (outcome: string) => void {
    const end = this.durations.startTimer({ command });
    return (outcome) => void end({ outcome });
  }

  conflict(): void {
    this.conflicts.inc();
  }
}
