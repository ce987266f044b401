import type { HttpService } from '@rewards/service-kit/http-service';
import type { EventStore } from '@rewards/event-store';
import type { Position, RecordedEvent } from '@rewards/contracts';
import { type Fact } from '@rewards/contracts/testing/sample-events';
import { send, type ExpectedResponse, type HttpRequest, type HttpResponse } from './http';

/** A service under test, and how its events are given and read. */
export interface HttpWorld {
  readonly service: Pick<HttpService, 'inject'>;
  /** Records the given events, so that the next request sees them. @returns headers with which it does */
  readonly record: (facts: readonly Fact[]) => Promise<Readonly<Record<string, string>>>;
  /** The log, where the service appends to it: what it records is then compared exactly. */
  readonly log?: EventStore;
  /** Of the streams that requests append to; what the service does in the background is not theirs. */
  readonly prefixes?: readonly string[];
}

/**
 * Given events, when one request, then the whole response and exactly the events that the request records.
 * @param world asked for when a specification runs
 * @example await given(created(), published()).when({ path, as: player, body }).thenResponds(dataOf(201, claim), claimed(20, …));
 */
export const httpSpecification =
  (world: () => HttpWorld) =>
  (...facts: readonly Fact[]) => ({
    when: (request: HttpRequest) => ({
      /** @param recorded in the order of the log; none by default */
      thenResponds: async (response: ExpectedResponse, ...recorded: readonly Fact[]): Promise<HttpResponse> => {
        const { service, record, log, prefixes } = world();
        const seen = await record(facts);
        const before = await log?.head();
        const answered = await send(service, { ...request, headers: { ...seen, ...request.headers } });
        const after = log && before ? await eventsAfter(log, before, prefixes) : [];
        expect({ response: answered, recorded: after.map(asFact) }).toEqual({ response, recorded });
        return answered;
      },
    }),
  });

const asFact = ({ stream, type, data }: RecordedEvent): Fact => ({ stream, event: { type, data } });

/** Every event of the log behind a position, up to its end now. */
export const eventsAfter = async (
  log: EventStore,
  after: Position,
  prefixes?: readonly string[],
): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const batch of log.subscribe({ after, ...(prefixes && { prefixes }) })) {
    events.push(...batch.events);
    if (batch.caughtUp) break;
  }
  return events;
};
