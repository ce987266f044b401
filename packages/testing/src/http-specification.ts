import type { HttpService } from '@rewards/service-kit/http-service';
import type { EventStore } from '@rewards/event-store';
import type { Position, RecordedEvent } from '@rewards/contracts';
import { type Fact } from '@rewards/contracts/testing/sample-events';
import { send, type ExpectedResponse, type HttpRequest, type HttpResponse } from './http';

/** A service under test, and access to its events. */
export interface SpecifiedService {
  readonly service: Pick<HttpService, 'inject'>;
  /** Records the given events. @returns headers with which the next request sees them */
  readonly record: (facts: readonly Fact[]) => Promise<Readonly<Record<string, string>>>;
  /** The log, if the service appends to it. The recorded events are then compared exactly. */
  readonly store?: EventStore;
  /** Prefixes of the streams that requests append to, which excludes background work. */
  readonly prefixes?: readonly string[];
}

/**
 * Given events, when one request, then the whole response and exactly the events that the request records.
 * @param world called when a specification runs
 * @example await given(created(), published()).when({ path, as: player, body }).thenResponds(dataOf(201, claim), claimed(20, …));
 */
export const httpSpecification =
  (world: () => SpecifiedService) =>
  (...facts: readonly Fact[]) => ({
    when: (request: HttpRequest) => ({
      /** @param recorded in the order of the log; none by default */
      thenResponds: async (response: ExpectedResponse, ...recorded: readonly Fact[]): Promise<HttpResponse> => {
        const { service, record, store, prefixes } = world();
        const positionHeaders = await record(facts);
        const before = await store?.head();
        const actual = await send(service, { ...request, headers: { ...positionHeaders, ...request.headers } });
        const after = store && before ? await eventsAfter(store, before, prefixes) : [];
        expect({ response: actual, recorded: after.map(asFact) }).toEqual({ response, recorded });
        return actual;
      },
    }),
  });

const asFact = ({ stream, type, data }: RecordedEvent): Fact => ({ stream, event: { type, data } });

/** Reads every event after a position, up to the current end of the log. */
const eventsAfter = async (
  store: EventStore,
  after: Position,
  prefixes?: readonly string[],
): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const batch of store.subscribe({ after, ...(prefixes && { prefixes }) })) {
    events.push(...batch.events);
    if (batch.caughtUp) break;
  }
  return events;
};
