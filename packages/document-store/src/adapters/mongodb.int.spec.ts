import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { MongoClient } from 'mongodb';
import { DocumentStoreUnavailable } from '../document-store';
import { documentStoreContract, type EngineFeature } from '../testing/document-store.contract';
import { FERRETDB_LACKS, probe } from '../testing/mongodb-features';
import { findMongoDb, type RealMongoDb } from '../testing/real-mongodb';
import { reportSkipped } from '@rewards/testing/report-skipped';
import { openMongoDocumentStore } from './mongodb';

const newDatabase = (): string => `test_${randomUUID().replaceAll('-', '')}`;
const drop = async (url: string, database: string): Promise<void> => {
  const client = new MongoClient(url);
  await client.db(database).dropDatabase();
  await client.close();
};

const start = findMongoDb();

if (start) {
  documentStoreContract('MongoDB', async () => {
    const { url, stop } = await start();
    const database = newDatabase();
    const { lacks } = await probe(url);
    return {
      open: async ({ queryOnly } = {}) => openMongoDocumentStore({ url, database, queryOnly }),
      lacks: lacks as readonly EngineFeature[],
      cleanUp: async () => {
        await drop(url, database);
        await stop();
      },
    };
  });

  describe('document store on MongoDB', () => {
    let server: RealMongoDb;
    beforeAll(async () => void (server = await start()), 180_000);
    afterAll(() => server.stop());

    it('runs on a server with all features, or on FerretDB without its known missing ones', async () => {
      const { isFerretDb, lacks } = await probe(server.url);
      if (isFerretDb) reportSkipped(`on MongoDB: ${lacks.join(', ')}`, 'FerretDB does not support it');
      expect(lacks).toEqual(isFerretDb ? FERRETDB_LACKS : []);
    });

    it('rejects an object in place of an id', async () => {
      const store = openMongoDocumentStore({ url: server.url, database: newDatabase() });
      const collection = await store.collection({ name: 'items', indexes: [] });
      await expect(collection.get({ $gt: '' } as never)).rejects.toThrow(TypeError);
      await store.close();
    });
  });
} else {
  reportSkipped('document-store contract on MongoDB', 'no MONGODB_URL, no Docker');
}

describe('document store on a MongoDB that does not answer', () => {
  const listen = async (onConnection: (socket: Socket) => void) => {
    const server = createServer(onConnection).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return { server, url: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/?directConnection=true` };
  };

  it.each<[string, (socket: Socket) => void]>([
    ['closes the connection', (socket) => socket.destroy()],
    ['never responds', () => undefined],
  ])('is unavailable within the time limit if the server %s', async (_, onConnection) => {
    const sockets: Socket[] = [];
    const { server, url } = await listen((socket) => {
      sockets.push(socket.on('error', () => undefined));
      onConnection(socket);
    });
    const store = openMongoDocumentStore({ url, database: 'none' });
    const began = performance.now();
    await expect(store.ping()).rejects.toThrow(DocumentStoreUnavailable);
    await expect(store.collection({ name: 'items', indexes: [{ fields: [] }] })).rejects.toThrow(DocumentStoreUnavailable);
    expect(performance.now() - began).toBeLessThan(15_000);
    await store.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});
