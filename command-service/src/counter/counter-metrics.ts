import type { Metrics } from '@rewards/service-kit/metrics';
import { Gauge } from 'prom-client';
import type { Uncounted } from './catch-ups';
import type { Counter } from './counter';

/** Adds what /metrics reports of the counter. */
export const reportCounter = (metrics: Metrics, counter: () => Counter | null): void => {
  metrics.gauge(
    'counter_lag_seconds',
    'For how long the counter has not counted all the logins that the log had; 0 where another instance counts.',
    async () => counter()?.lagSeconds() ?? 0,
  );
  metrics.gauge('counter_stopped', '1 while the counter cannot count at all; its readiness says why.', async () =>
    counter()?.failure ? 1 : 0,
  );
  new Gauge({
    name: 'counter_uncounted',
    help: '1 for each event, participation or login stream whose logins cannot be counted; they are counted once they can be.',
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

/** What is not counted and why, for an operator. */
export const uncountedText = ({ scope: { eventId, accountId, loginStream }, reason }: Uncounted): string => {
  const what = loginStream ?? (accountId ? `account ${accountId} in event ${eventId}` : `event ${eventId}`);
  return `Logins of ${what} are not counted: ${reason}`;
};
