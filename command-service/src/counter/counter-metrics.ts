import type { Metrics } from '@rewards/service-kit/metrics';
import { Gauge } from 'prom-client';
import type { Uncounted } from './catch-ups';
import type { Counter } from './counter';

/** Registers the metrics of the counter. */
export const reportCounter = (metrics: Metrics, counter: () => Counter | null): void => {
  metrics.gauge(
    'counter_lag_seconds',
    'Seconds since the counter fell behind the log; 0 while it is caught up or another instance counts.',
    async () => counter()?.lagSeconds() ?? 0,
  );
  metrics.gauge('counter_stopped', '1 while the counter cannot count at all; GET /health/ready reports why.', async () =>
    counter()?.failure ? 1 : 0,
  );
  new Gauge({
    name: 'counter_uncounted',
    help: '1 for each event, participation or login stream whose logins cannot be counted yet.',
    labelNames: ['event', 'account', 'stream'],
    registers: [metrics.registry],
    collect() {
      this.reset();
      for (const { scope } of counter()?.uncounted() ?? []) {
        this.set({ event: scope.eventId ?? '', account: scope.accountId ?? '', stream: scope.loginStream ?? '' }, 1);
      }
    },
  });
};

/** Describes uncounted logins to an operator. */
export const uncountedText = ({ scope: { eventId, accountId, loginStream }, reason }: Uncounted): string => {
  const subject = loginStream ?? (accountId ? `account ${accountId} in event ${eventId}` : `event ${eventId}`);
  return `Logins of ${subject} are not counted: ${reason}`;
};
