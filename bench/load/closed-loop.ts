import { Latencies, type LoadResult } from './latencies';
import { Connections, type NextRequest } from './requests';

export interface ClosedLoad {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly next: NextRequest;
}

/** Repeats an operation with a number of callers, each of which waits for its answer before the next call. */
export const repeatWith = async (callers: number, seconds: number, call: () => Promise<number>): Promise<LoadResult> => {
  const latencies = new Latencies();
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  const run = async (): Promise<void> => {
    for (let now = performance.now(); now < endsAt;) {
      const status = await call();
      const answeredAt = performance.now();
      latencies.add(answeredAt - now, status);
      now = answeredAt;
    }
  };
  await Promise.all(Array.from({ length: callers }, run));
  return latencies.result((performance.now() - startedAt) / 1_000);
};

/** Sends requests on a number of connections, each with one request at a time: measures the throughput at that concurrency. */
export const runClosedLoop = async ({ url, connections, seconds, next }: ClosedLoad): Promise<LoadResult> => {
  const opened = new Connections(url, connections);
  try {
    return await repeatWith(connections, seconds, () => opened.send(next()));
  } finally {
    await opened.close();
  }
};
