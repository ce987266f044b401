import {
  formatPosition,
  START,
  READ_MODEL_STATES,
  readModelCollection,
  type ClaimView,
  type ReadModelState,
} from '@rewards/contracts';
import type { Collection, DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { Settings } from '@rewards/service-kit';
import { openDocumentStore } from '@rewards/service-kit/engines';
import { removeData, testSettings } from '@rewards/testing/settings';
import { ReadModelStore } from './read-model-store';

const ROWS = ['e', 'd', 'c', 'b', 'a'];
const PER_PAGE = 2;

describe('all pages of a read model', () => {
  let settings: Settings;
  let views: DocumentStore;
  let states: Collection<ReadModelState>;
  let store: ReadModelStore;

  beforeEach(async () => {
    settings = testSettings();
    views = openDocumentStore(settings, 'views', 'write');
    states = await views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
    store = new ReadModelStore(views, {} as EventStore, { waitFor: async () => START });
    await fill(1);
    await goLive(1);
  });

  afterEach(async () => {
    await views.close();
    removeData(settings);
  });

  const documentsOf = (version: number) =>
    views.collection<ClaimView>({ name: readModelCollection('claims', version), indexes: [] });
  const fill = async (version: number) => {
    const documents = await documentsOf(version);
    for (const order of ROWS) await documents.insert(order, { order } as ClaimView);
  };
  const goLive = async (version: number, { commit = 5, logId = 'log' } = {}) => {
    const live = { version, table: 1, logId, position: formatPosition(commit), upToDateAt: '', failure: null };
    const stored = await states.get('claims');
    if (stored) await states.replace('claims', stored.version, { live, building: null });
    else await states.insert('claims', { live, building: null });
  };
  const readPage = async (documents: Collection<ClaimView>, after: string | null) => {
    const found = await documents.find({
      where: { order: { lt: after ?? 'z' } },
      orderBy: { field: 'order', direction: 'descending' },
      limit: PER_PAGE + 1,
    });
    const rows = found.slice(0, PER_PAGE).map(({ document: { order } }) => order);
    return { rows, next: found.length > PER_PAGE ? (rows.at(-1) ?? null) : null };
  };
  /** Reads all pages, and awaits `meanwhile` after the first. */
  const readAll = async (meanwhile: () => Promise<unknown>, page = readPage) => {
    const rows: string[] = [];
    for await (const some of store.readAll('claims', null, new AbortController().signal, page)) {
      if (rows.length === 0) await meanwhile();
      rows.push(...some);
    }
    return rows;
  };

  it('are complete across a rebuild, even if the version of the first page is dropped', async () => {
    const rebuild = async () => {
      await fill(2);
      await goLive(2, { commit: 6 });
      await (await documentsOf(1)).drop();
    };
    expect(await readAll(rebuild)).toEqual(ROWS);
  });

  it('are complete if the version is dropped between the read of the live version and the page', async () => {
    let pages = 0;
    const page: typeof readPage = async (documents, after) => {
      pages += 1;
      if (pages === 2) {
        await fill(2);
        await goLive(2);
        await (await documentsOf(1)).drop();
      }
      return readPage(documents, after);
    };
    expect(await readAll(async () => undefined, page)).toEqual(ROWS);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['behind the version at the start', () => goLive(2, { commit: 4 })],
    ['of another log', () => goLive(2, { logId: 'other' })],
    ['missing', async () => states.delete('claims', (await states.get('claims'))?.version ?? 0)],
  ])('fail if the read model that replaces it is %s', async (_what, meanwhile) => {
    await expect(readAll(meanwhile)).rejects.toMatchObject({ reason: 'READ_MODEL_REPLACED' });
  });

  it('end when the client disconnects', async () => {
    const client = new AbortController();
    const pages = store.readAll('claims', null, client.signal, readPage);
    await pages.next();
    client.abort(new Error('disconnected'));
    await expect(pages.next()).rejects.toThrow('disconnected');
  });
});
