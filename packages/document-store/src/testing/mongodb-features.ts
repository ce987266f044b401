import { randomUUID } from 'node:crypto';
import { MongoClient, type Db } from 'mongodb';
import type { EngineFeature } from './document-store.contract';

export type MongoFeature = EngineFeature | 'partial indexes';

/** Features of MongoDB that FerretDB 1.24 lacks. The adapter replaces partial indexes by whole ones with the same uniqueness. */
export const FERRETDB_LACKS: readonly MongoFeature[] = [
  'lists in lists',
  'a missing field equal to null in a unique index',
  'partial indexes',
];

const PROBES: Readonly<Record<MongoFeature, (db: Db) => Promise<boolean>>> = {
  'lists in lists': async (db) => {
    await db.collection('lists').insertOne({ list: [[1]] });
    return true;
  },
  'a missing field equal to null in a unique index': async (db) => {
    const nulls = db.collection('nulls');
    await nulls.createIndex({ field: 1 }, { unique: true });
    await nulls.insertOne({ field: null });
    return nulls.insertOne({}).then(
      () => false,
      () => true,
    );
  },
  'partial indexes': async (db) => {
    await db.collection('partial').createIndex({ field: 1 }, { partialFilterExpression: { open: { $eq: true } } });
    return true;
  },
};

export interface MongoServer {
  readonly isFerretDb: boolean;
  readonly lacks: readonly MongoFeature[];
}

/** Tests the features that the adapter needs, in a temporary database. */
export const probe = async (url: string): Promise<MongoServer> => {
  const client = new MongoClient(url);
  const db = client.db(`probe_${randomUUID().replaceAll('-', '')}`);
  try {
    const info = await db.command({ buildInfo: 1 });
    const lacks: MongoFeature[] = [];
    for (const [feature, has] of Object.entries(PROBES) as [MongoFeature, (db: Db) => Promise<boolean>][])
      if (!(await has(db).catch(() => false))) lacks.push(feature);
    return { isFerretDb: JSON.stringify(info).toLowerCase().includes('ferretdb'), lacks };
  } finally {
    await db.dropDatabase();
    await client.close();
  }
};
