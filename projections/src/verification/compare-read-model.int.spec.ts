import { randomUUID } from 'node:crypto';
import { Findings } from '@rewards/checker';
import { readModelCollection, START, type RecordedEvent, upcast } from '@rewards/contracts';
import { factsOfEndpoint } from '@rewards/contracts/testing/sample-deliveries';
import { factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import type { Collection, DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { createLogger, type Settings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { removeData, testSettings } from '@rewards/testing/settings';
import { until } from '@rewards/testing/until';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { keepReadModels } from '../runner/keep-read-models';
import type { AnyProjection } from '../runner/projection';
import { ReadModelComparison } from './compare-read-model';
import type { VerificationEngines } from './verification-part';

const projectionOf = (name: string) => PROJECTIONS.find((projection) => projection.name === name) as AnyProjection;
const [statistics, participations] = [projectionOf('statistics'), projectionOf('participations')];

describe('the comparison of a read model during one read of the log', () => {
  let settings: Settings;
  let store: EventStore;
  let views: DocumentStore;
  let engines: VerificationEngines;
  let events: RecordedEvent[];
  const story = factsOfParticipation(randomUUID(), randomUUID());

  const catchUp = async () => {
    const stopping = new AbortController();
    const keeping = keepReadModels(PROJECTIONS, engines, { logger: createLogger('projections', 'silent') }, stopping.signal);
    const head = await store.head();
    await until(
      'every read model to catch up',
      async () => [...(await engines.checkpoints.loadAll(PROJECTIONS.map(({ name }) => name))).values()],
      (states) => states.length === PROJECTIONS.length && states.every(({ live }) => live.position >= head),
    );
    stopping.abort();
    await keeping;
  };
  const readLog = async () => {
    for await (const batch of store.subscribe({ after: START })) {
      events.push(...batch.events);
      if (batch.caughtUp) return;
    }
  };
  const compare = async (projection: AnyProjection, maxCharacters?: number) => {
    const comparison = await ReadModelComparison.create(projection, 'events', engines, maxCharacters);
    await comparison?.addEvents(events);
    const reads = jest.spyOn(store, 'subscribe');
    const findings = new Findings();
    const signal = new AbortController().signal;
    const compared = await comparison?.finish(engines, findings, signal, () => undefined);
    return { compared, reads: reads.mock.calls.length, found: findings.first.map(({ rule }) => rule) };
  };
  const documents = (name: string): Promise<Collection<object>> =>
    views.collection<object>({ name: readModelCollection(name, 1), indexes: [] });

  beforeEach(async () => {
    settings = testSettings();
    store = openEventStore(settings, 'write');
    views = openDocumentStore(settings, 'views', 'write');
    engines = { store, views, checkpoints: new Checkpoints(views), upcast };
    events = [];
    await appendFacts(store, [story.started(), story.counted(1), story.counted(2), story.counted(3), story.completed()]);
    await catchUp();
    await readLog();
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all([store.close(), views.close()]);
    removeData(settings);
  });

  it('needs no further read if all documents are right', async () => {
    expect(await compare(statistics)).toEqual({ compared: expect.any(Number) as number, reads: 0, found: [] });
  });

  it('reads the log for documents that do not fit in memory', async () => {
    const { compared } = await compare(statistics);
    expect(await compare(statistics, 100)).toEqual({ compared, reads: 1, found: [] });
  });

  it('reads the log for a document that changed after the part that was read', async () => {
    await appendFacts(store, [story.claimed(20, { name: 'elixir', type: 'ITEM', amount: 100 }, { claimed: 20, remaining: 80 })]);
    await catchUp();
    expect(await compare(participations)).toMatchObject({ reads: 1, found: [] });
  });

  it.each([false, true])('folds the documents of an account; large account: %s', async (isLarge) => {
    const comparison = await ReadModelComparison.create(participations, 'accounts', engines);
    await comparison?.addAccounts(
      events.map(({ metadata, ...fact }) => ({ ...fact, storedVersion: metadata.schemaVersion })),
      isLarge,
    );
    const reads = jest.spyOn(store, 'subscribe');
    const findings = new Findings();
    const compared = await comparison?.finish(engines, findings, new AbortController().signal, () => undefined);
    // The events of a large account are not kept, so the log is read for its documents.
    expect([compared, reads.mock.calls.length, findings.count]).toEqual([1, isLarge ? 1 : 0, 0]);
  });

  it('reads the log if there are more documents than it expects, and reports those that are surplus', async () => {
    const collection = await documents('statistics');
    await collection.writeNewer([{ id: 'invented', position: START, document: {} }]);
    expect(await compare(statistics)).toMatchObject({ found: ['READ_MODEL_HAS_MORE'] });
  });

  it('reports a document that differs, and one that is missing', async () => {
    const collection = await documents('statistics');
    const [first, ...others] = await collection.scan(null, 10);
    if (!first) throw new Error('there is no document');
    await collection.delete(first.id, first.version);
    expect(await compare(statistics)).toMatchObject({ compared: others.length, reads: 1, found: ['READ_MODEL_MISSES'] });
    await collection.writeNewer([
      { id: first.id, position: first.position ?? START, document: { ...first.document, claims: 9 } },
    ]);
    jest.restoreAllMocks();
    expect(await compare(statistics)).toMatchObject({ reads: 1, found: ['READ_MODEL_DIFFERS'] });
  });

  describe('with a context', () => {
    const deliveries = projectionOf('deliveries');
    const endpointId = randomUUID();
    const elixir = { name: 'elixir', type: 'ITEM', amount: 100 } as const;
    const grant = (requestId: string) => story.claimed(20, elixir, { claimed: 20, remaining: 80, requestId });

    beforeEach(async () => {
      const { added, removed } = factsOfEndpoint(endpointId);
      await appendFacts(store, [grant('early'), added(), grant('a'), grant('b'), removed(), grant('late')]);
      await catchUp();
      events = [];
      await readLog();
    });

    it('needs no further read if all documents are right', async () => {
      expect(await compare(deliveries)).toEqual({ compared: 2, reads: 0, found: [] });
      expect(await compare(deliveries, 100)).toEqual({ compared: 2, reads: 1, found: [] });
    });

    it('reports a document that differs, one that is missing and one that is surplus', async () => {
      const collection = await documents('deliveries');
      const [first] = await collection.scan(null, 10);
      if (!first) throw new Error('there is no document');
      await collection.delete(first.id, first.version);
      expect(await compare(deliveries)).toMatchObject({ compared: 1, reads: 1, found: ['READ_MODEL_MISSES'] });
      const position = first.position ?? START;
      await collection.writeNewer([{ id: first.id, position, document: { ...first.document, status: 'DELIVERED' } }]);
      jest.restoreAllMocks();
      expect(await compare(deliveries)).toMatchObject({ reads: 1, found: ['READ_MODEL_DIFFERS'] });
      await collection.delete(first.id, 1);
      await collection.writeNewer([
        { id: first.id, position, document: first.document },
        { id: `${randomUUID()}_${endpointId}`, position, document: first.document },
      ]);
      expect(await compare(deliveries)).toMatchObject({ found: ['READ_MODEL_HAS_MORE'] });
    });
  });
});
