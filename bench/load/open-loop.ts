import { sleep } from '@rewards/async';
import { Latencies, type LoadResult } from './latencies';
import { Connections, type NextRequest } from './requests';

export interface OpenLoad {
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
  /** Seconds of the same load before the measurement. */
  readonly warmUpSeconds: number;
  readonly next: NextRequest;
}

/** Enough that a request waits for the service, not for a connection. */
const CONNECTIONS = 512;
/** How long the answers to the last requests may take. */
const DRAIN_MS = 5_000;

/**
 * Sends requests at random times (a Poisson process) that do not depend on the answers. The latency of a request counts from when
 * it was due, so that a stall of the service, or of this generator, delays every request that was due in it.
 */
export const runOpenLoop = async ({ url, perSecond, seconds, warmUpSeconds, next }: OpenLoad): Promise<LoadResult> => {
  const connections = new Connections(url, CONNECTIONS);
  const latencies = new Latencies();
  const startedAt = performance.now();
  const [measuredFrom, endsAt] = [startedAt + warmUpSeconds * 1_000, startedAt + (warmUpSeconds + seconds) * 1_000];
  let inFlight = 0;
  const unanswered = new Set<{ readonly due: number }>();
  let answeredAt = startedAt;
  let hasEnded = false;
  const send = async (due: number): Promise<void> => {
    const isMeasured = due >= measuredFrom;
    inFlight += 1;
    const request = { due };
    if (isMeasured) unanswered.add(request);
    const status = await connections.send(next());
    inFlight -= 1;
    if (!isMeasured || hasEnded) return;
    unanswered.delete(request);
    answeredAt = performance.now();
    latencies.add(answeredAt - due, status);
  };

  let due = startedAt;
  for (;;) {
    const now = performance.now();
    while (due <= now && due < endsAt) {
      void send(due);
      due += (-Math.log(1 - Math.random()) / perSecond) * 1_000;
    }
    if (due >= endsAt) break;
    await sleep(Math.max(0.5, Math.min(due - performance.now(), 5)));
  }
  await sleep(Math.max(0, endsAt - performance.now()));
  const drainUntil = performance.now() + DRAIN_MS;
  while (inFlight > 0 && performance.now() < drainUntil) await sleep(2);
  hasEnded = true;
  // A request without an answer has at least this latency. Leaving it out would hide an overload.
  const unfinished = [...unanswered].map((request) => performance.now() - request.due);
  // A service that does not keep up answers after the end: its throughput counts that time too.
  const result = latencies.result((Math.max(endsAt, answeredAt) - measuredFrom) / 1_000, unfinished);
  await connections.close();
  return result;
};
