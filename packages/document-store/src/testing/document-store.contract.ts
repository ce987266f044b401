import { randomUUID } from 'node:crypto';
import { formatPosition } from '@rewards/contracts';
import { countInSlices } from '../count-in-slices';
import {
  type Collection,
  type CollectionSpec,
  type DocumentStore,
  type Index,
  type Positioned,
  type Stored,
} from '../document-store';

export type EngineFeature = 'lists in lists' | 'a missing field equal to null in a unique index';

/** One engine with its data, which outlives the stores opened on it. */
export interface DocumentStoreHarness {
  /** @param queryOnly the store never creates or writes anything */
  open(options?: { readonly queryOnly?: boolean }): Promise<DocumentStore>;
  /** Features of the port that this engine lacks; the adapter's spec reports them. */
  readonly lacks?: readonly EngineFeature[];
  /** Removes the data after all stores are closed. */
  cleanUp(): Promise<void>;
}

interface Item {
  readonly name: string;
  readonly group: string;
  readonly rank: number;
  readonly open: boolean;
  readonly note: string | null;
  readonly extra?: unknown;
}

const INDEXES: readonly Index<Item>[] = [{ fields: ['group', 'name'] }, { fields: ['group', 'rank'] }, { fields: ['rank'] }];

const item = (changes: Partial<Item> = {}): Item => ({ name: 'n', group: 'g', rank: 1, open: true, note: null, ...changes });
const at = (position: number, id: string, changes: Partial<Item> = {}): Positioned<Item> => ({
  id,
  position: formatPosition(position),
  document: item(changes),
});
const idsOf = (items: readonly Stored<Item>[]): string[] => items.map(({ id }) => id);
const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** The contract of every adapter. It requires nothing that MongoDB does not guarantee. */
export const documentStoreContract = (engine: string, start: () => Promise<DocumentStoreHarness>): void => {
  describe(`document store on ${engine}`, () => {
    let harness: DocumentStoreHarness;
    let store: DocumentStore;
    const opened: DocumentStore[] = [];

    const openStore = async (options?: { readonly queryOnly?: boolean }): Promise<DocumentStore> => {
      const another = await harness.open(options);
      opened.push(another);
      return another;
    };
    const specOf = (indexes: readonly Index<Item>[] = INDEXES): CollectionSpec<Item> => ({
      name: `items_${randomUUID().replaceAll('-', '')}`,
      indexes,
    });
    const make = (indexes?: readonly Index<Item>[]): Promise<Collection<Item>> => store.collection(specOf(indexes));
    const holding = async (items: Readonly<Record<string, Partial<Item>>>): Promise<Collection<Item>> => {
      const collection = await make();
      await Promise.all(Object.entries(items).map(([id, changes]) => collection.insert(id, item(changes))));
      return collection;
    };

    beforeAll(async () => {
      harness = await start();
      store = await openStore();
    }, 60_000);

    afterAll(async () => {
      for (const each of opened) await each.close();
      await harness.cleanUp();
    });

    describe('insert', () => {
      it('stores the document at version 1', async () => {
        const collection = await make();
        expect(await collection.insert('a', item({ name: 'first' }))).toBe(true);
        expect(await collection.get('a')).toEqual({ id: 'a', version: 1, document: item({ name: 'first' }) });
        expect(await collection.get('b')).toBeNull();
      });

      it('rejects an existing id and changes nothing', async () => {
        const collection = await holding({ a: { name: 'first' } });
        expect(await collection.insert('a', item({ name: 'second' }))).toBe(false);
        expect((await collection.get('a'))?.document.name).toBe('first');
      });

      it('rejects a second document with the same values of a unique index', async () => {
        const collection = await make([{ fields: ['group', 'name'], unique: true }]);
        await collection.insert('a', item({ group: 'g', name: 'n' }));
        await collection.insert('b', item({ group: 'g', name: 'N' }));
        expect(await collection.insert('c', item({ group: 'g', name: 'n' }))).toBe(false);
        expect(await collection.count()).toBe(2);
      });

      it('treats null and a missing field as values in a unique index', async () => {
        const collection = await make([{ fields: ['note'], unique: true }]);
        await collection.insert('a', item({ note: null }));
        await collection.insert('b', item({ note: '' }));
        expect(await collection.insert('c', item({ note: null }))).toBe(false);
        if (harness.lacks?.includes('a missing field equal to null in a unique index')) return;
        expect(await collection.insert('d', { ...item(), note: undefined as never })).toBe(false);
      });

      it('applies a partial unique index only to the documents that match its condition', async () => {
        const collection = await make([{ fields: ['name'], unique: true, where: { open: true, group: 'g' } }]);
        await collection.insert('a', item({ name: 'n', open: true }));
        await collection.insert('b', item({ name: 'n', open: false }));
        await collection.insert('c', item({ name: 'n', open: false }));
        await collection.insert('d', item({ name: 'n', open: true, group: 'h' }));
        expect(await collection.insert('e', item({ name: 'n', open: true }))).toBe(false);
        expect(await collection.replace('b', 1, item({ name: 'n', open: true }))).toBe(false);
        expect(await collection.replace('a', 1, item({ name: 'n', open: false }))).toBe(true);
        expect(await collection.replace('b', 1, item({ name: 'n', open: true }))).toBe(true);
      });

      it('finds documents with and without the field of a sparse index', async () => {
        const collection = await make([{ fields: ['note', 'rank'], sparse: true }]);
        await collection.insert('a', item({ note: 'x', rank: 1 }));
        await collection.insert('b', item({ note: null }));
        await collection.insert('c', item({ note: 'x', rank: 2 }));
        const orderBy = { field: 'rank', direction: 'descending' } as const;
        expect(idsOf(await collection.find({ where: { note: 'x' }, orderBy, limit: 10 }))).toEqual(['c', 'a']);
        expect(idsOf(await collection.find({ where: { note: null }, orderBy, limit: 10 }))).toEqual(['b']);
      });

      it('counts in slices what it counts at once', async () => {
        const collection = await make([{ fields: ['group', 'rank'] }]);
        await collection.writeNewer(times(10).map((rank) => at(1, `id-${rank}`, { rank, group: rank < 9 ? 'g' : 'h' })));
        for (const slice of [1, 2, 3, 8, 9, 10])
          expect(await countInSlices<Item>(collection, { group: 'g' }, 'rank', slice)).toBe(9);
        expect(await countInSlices<Item>(collection, { group: 'g', rank: { lte: 6 } }, 'rank', 3)).toBe(7);
        expect(await countInSlices<Item>(collection, { group: 'none' }, 'rank', 3)).toBe(0);
      });

      it('accepts one of 50 racing inserts of a unique value', async () => {
        const spec = specOf([{ fields: ['name'], unique: true }]);
        const other = await openStore();
        const collections = [await store.collection(spec), await other.collection(spec)];
        const inserts = times(50).map((n) => collections[n % 2]!.insert(`id-${n}`, item({ name: 'unique' })));
        expect((await Promise.all(inserts)).filter(Boolean)).toHaveLength(1);
        expect(await collections[0]!.count()).toBe(1);
      });
    });

    describe('replace', () => {
      it('replaces the document at its version and increments the version', async () => {
        const collection = await holding({ a: {} });
        expect(await collection.replace('a', 1, item({ name: 'second' }))).toBe(true);
        expect(await collection.get('a')).toEqual({ id: 'a', version: 2, document: item({ name: 'second' }) });
      });

      it('writes nothing at another version or for a missing document', async () => {
        const collection = await holding({ a: { name: 'first' } });
        expect(await collection.replace('a', 2, item({ name: 'second' }))).toBe(false);
        expect(await collection.replace('b', 1, item())).toBe(false);
        expect(await collection.get('a')).toEqual({ id: 'a', version: 1, document: item({ name: 'first' }) });
        expect(await collection.get('b')).toBeNull();
      });

      it('accepts one of 20 racing replacements', async () => {
        const collection = await holding({ a: { rank: -1 } });
        const outcomes = await Promise.all(times(20).map((rank) => collection.replace('a', 1, item({ rank }))));
        expect(outcomes.filter(Boolean)).toHaveLength(1);
        expect(await collection.get('a')).toMatchObject({ version: 2, document: { rank: outcomes.indexOf(true) } });
      });
    });

    describe('delete', () => {
      it('deletes the document only at its version', async () => {
        const collection = await holding({ a: {} });
        expect(await collection.delete('a', 2)).toBe(false);
        expect(await collection.delete('a', 1)).toBe(true);
        expect(await collection.delete('a', 1)).toBe(false);
        expect(await collection.get('a')).toBeNull();
        await collection.insert('a', item({ name: 'again' }));
        expect(await collection.get('a')).toMatchObject({ version: 1, document: { name: 'again' } });
      });

      it('leaves no deleted document to find after a scrub', async () => {
        const collection = await holding({ a: { name: 'erased' }, b: { name: 'kept' } });
        await collection.delete('a', 1);
        await store.scrub();
        expect(idsOf(await collection.find({ limit: 10 }))).toEqual(['b']);
      });
    });

    it('loads documents as text, with the fields in their order and the position', async () => {
      const collection = await make();
      const document = item({ name: '"quoted" \n 한국어' });
      await collection.writeNewer([{ id: 'a', position: formatPosition(1), document }]);
      await collection.insert('b', document);
      const text = JSON.stringify(document);
      const texts = await collection.getTexts(['b', 'missing', 'a']);
      expect(texts).toEqual(
        new Map([
          ['a', { position: formatPosition(1), text }],
          ['b', { text }],
        ]),
      );
      expect(await collection.getTexts([])).toEqual(new Map());
    });

    describe('getMany', () => {
      it('returns the existing documents for ids in any order', async () => {
        const collection = await holding({ a: { rank: 1 }, b: { rank: 2 }, c: { rank: 3 } });
        const found = await collection.getMany(['c', 'missing', 'a', 'c']);
        expect([...found.keys()].sort()).toEqual(['a', 'c']);
        expect(found.get('c')).toEqual({ id: 'c', version: 1, document: item({ rank: 3 }) });
        expect(await collection.getMany([])).toEqual(new Map());
      });

      it('loads 2000 documents at once', async () => {
        const collection = await make();
        const ids = times(2_000).map((n) => `id-${n}`);
        await collection.writeNewer(ids.map((id, n) => at(1, id, { rank: n })));
        const found = await collection.getMany(ids);
        expect(found.size).toBe(2_000);
        expect(found.get('id-1999')?.document.rank).toBe(1_999);
      });
    });

    describe('writeNewer', () => {
      it('inserts a new document and replaces a lower position', async () => {
        const collection = await make();
        await collection.writeNewer([at(1, 'a', { rank: 1 })]);
        await collection.writeNewer([at(2, 'a', { rank: 2 })]);
        expect(await collection.get('a')).toEqual({ version: 2, ...at(2, 'a', { rank: 2 }) });
      });

      it('skips a document with the same or a higher position', async () => {
        const collection = await make();
        await collection.writeNewer([at(5, 'a', { rank: 5 })]);
        await collection.writeNewer([at(5, 'a', { rank: 55 })]);
        await collection.writeNewer([at(4, 'a', { rank: 4 })]);
        expect(await collection.get('a')).toEqual({ version: 1, ...at(5, 'a', { rank: 5 }) });
      });

      it('compares positions over their full width', async () => {
        const collection = await make();
        const write = (commit: bigint, rank: number) =>
          collection.writeNewer([{ id: 'a', position: formatPosition(commit), document: item({ rank }) }]);
        await write(9_007_199_254_740_993n, 1);
        await write(9_007_199_254_740_992n, 2);
        expect((await collection.get('a'))?.document.rank).toBe(1);
        await write(9_007_199_254_740_994n, 3);
        expect((await collection.get('a'))?.document.rank).toBe(3);
      });

      it('writes the newer documents of a batch and skips the older ones', async () => {
        const collection = await make();
        await collection.writeNewer([at(5, 'a', { rank: 5 }), at(5, 'b', { rank: 5 })]);
        await collection.writeNewer([at(4, 'a', { rank: 4 }), at(6, 'b', { rank: 6 }), at(6, 'c', { rank: 6 })]);
        const found = await collection.find({ limit: 10, orderBy: { field: 'name', direction: 'ascending' } });
        expect(found.map(({ id, document }) => [id, document.rank])).toEqual([
          ['a', 5],
          ['b', 6],
          ['c', 6],
        ]);
      });

      it('keeps the highest position of an id that a batch repeats', async () => {
        const collection = await make();
        await collection.writeNewer([at(1, 'a', { rank: 1 }), at(3, 'a', { rank: 3 }), at(2, 'a', { rank: 2 })]);
        await collection.writeNewer([at(3, 'b', { rank: 3 }), at(2, 'b', { rank: 2 })]);
        expect((await collection.get('a'))?.document.rank).toBe(3);
        expect((await collection.get('b'))?.document.rank).toBe(3);
      });

      it('has the same result for overlapping batches in any order', async () => {
        const collection = await make();
        const batch = (from: number) => times(100).map((n) => at(from + n, `id-${(from + n) % 7}`, { rank: from + n }));
        await Promise.all([0, 50, 100, 50, 0].map((from) => collection.writeNewer(batch(from))));
        const found = await collection.find({ limit: 10, orderBy: { field: 'rank', direction: 'ascending' } });
        expect(found.map(({ document }) => document.rank)).toEqual([193, 194, 195, 196, 197, 198, 199]);
      });

      it('skips a document without a position', async () => {
        const collection = await holding({ a: { rank: 7 } });
        await collection.writeNewer([at(9, 'a', { rank: 9 })]);
        expect((await collection.get('a'))?.document.rank).toBe(7);
      });

      it('accepts an empty batch', async () => {
        const collection = await make();
        await collection.writeNewer([]);
        expect(await collection.count()).toBe(0);
      });
    });

    describe('find', () => {
      const ranked = () =>
        holding({
          a: { rank: -1.5, note: 'x', open: true },
          b: { rank: 0, note: null, open: false },
          c: { rank: 2, note: 'y', open: true },
          d: { rank: 10, note: null, open: false, group: 'h' },
        });

      it.each<[string, Parameters<Collection<Item>['count']>[0], string[]]>([
        ['no criterion', {}, ['a', 'b', 'c', 'd']],
        ['a number', { rank: 2 }, ['c']],
        ['a fraction', { rank: -1.5 }, ['a']],
        ['a boolean', { open: false }, ['b', 'd']],
        ['null', { note: null }, ['b', 'd']],
        ['a string', { note: 'x' }, ['a']],
        ['two fields', { open: false, group: 'g' }, ['b']],
        ['a lower bound', { rank: { gt: 0 } }, ['c', 'd']],
        ['an inclusive lower and an exclusive upper bound', { rank: { gte: 0, lt: 10 } }, ['b', 'c']],
        ['an inclusive upper bound', { rank: { lte: 0 } }, ['a', 'b']],
        ['a lower bound on strings, which excludes null', { note: { gt: 'x' } }, ['c']],
        ['a list', { rank: { in: [0, 10, 11] } }, ['b', 'd']],
        ['an empty list', { rank: { in: [] } }, []],
        ['a list with null', { note: { in: ['x', null] } }, ['a', 'b', 'd']],
        ['a list of booleans', { open: { in: [true] } }, ['a', 'c']],
        ['an excluded list', { rank: { notIn: [0, 10] } }, ['a', 'c']],
        ['an empty excluded list', { rank: { notIn: [] } }, ['a', 'b', 'c', 'd']],
        ['an excluded list without null', { note: { notIn: ['x'] } }, ['b', 'c', 'd']],
        ['an excluded list with null', { note: { notIn: ['x', null] } }, ['c']],
        ['an undefined criterion', { note: undefined, rank: { gt: undefined, lt: 0 } }, ['a']],
      ])('filters by %s', async (_, where, expected) => {
        const collection = await ranked();
        expect(idsOf(await collection.find({ where, limit: 10 })).sort()).toEqual(expected);
        expect(await collection.count(where)).toBe(expected.length);
      });

      it('sorts in both directions, with null lowest and ties by id', async () => {
        const collection = await holding({ b: { note: 'x' }, a: { note: 'x' }, d: { note: null }, c: { note: 'w' } });
        const sorted = async (direction: 'ascending' | 'descending') =>
          idsOf(await collection.find({ orderBy: { field: 'note', direction }, limit: 10 }));
        expect(await sorted('ascending')).toEqual(['d', 'c', 'a', 'b']);
        expect(await sorted('descending')).toEqual(['b', 'a', 'c', 'd']);
      });

      it('sorts numbers as numbers and strings by their bytes', async () => {
        const collection = await holding({
          a: { rank: 10, name: 'b' },
          b: { rank: 9, name: 'B' },
          c: { rank: -1, name: '가' },
          d: { rank: 1e15, name: '\u{10000}' },
          e: { rank: 0.5, name: '\uffee' },
        });
        const sorted = async (field: 'rank' | 'name') =>
          idsOf(await collection.find({ orderBy: { field, direction: 'ascending' }, limit: 10 }));
        expect(await sorted('rank')).toEqual(['c', 'e', 'b', 'a', 'd']);
        expect(await sorted('name')).toEqual(['b', 'a', 'c', 'e', 'd']);
      });

      it('applies limit and offset', async () => {
        const collection = await make();
        await collection.writeNewer(times(25).map((n) => at(1, `id-${String(n).padStart(2, '0')}`, { rank: 100 - n })));
        const page = async (offset: number) =>
          idsOf(await collection.find({ orderBy: { field: 'rank', direction: 'descending' }, limit: 10, offset }));
        expect(await page(10)).toEqual(times(10).map((n) => `id-${n + 10}`));
        expect(await page(20)).toHaveLength(5);
        expect(await page(30)).toEqual([]);
      });

      it('pages by key without gaps or repeats while documents are added', async () => {
        const collection = await make();
        const add = (ranks: readonly number[]) => collection.writeNewer(ranks.map((rank) => at(rank, `id-${rank}`, { rank })));
        await add(times(50).map((n) => n * 2));
        const pagedRanks: number[] = [];
        for (let last = Infinity; ;) {
          const page = await collection.find({
            where: { group: 'g', rank: last === Infinity ? undefined : { lt: last } },
            orderBy: { field: 'rank', direction: 'descending' },
            limit: 7,
          });
          if (page.length === 0) break;
          pagedRanks.push(...page.map(({ document }) => document.rank));
          last = page.at(-1)!.document.rank;
          await add([1_000 + pagedRanks.length]);
        }
        expect(pagedRanks).toEqual(times(50).map((n) => 98 - n * 2));
      });

      it.each([
        ['Korean', '극한성장의 비약'],
        ['Korean in another normal form', '극한성장의 비약'.normalize('NFD')],
        ['an operator of MongoDB', '$where'],
        ['an operator in JSON', '{"$gt":""}'],
        ['a quote of SQL', "' OR 1=1 --"],
        ['a double quote and a backslash', '"\\'],
        ['a wildcard', '%_*?.'],
        ['a member of every object', '__proto__'],
        ['a constructor', 'constructor'],
        ['a character outside the basic plane', '🎁'],
        ['a NUL', 'a\u0000b'],
        ['a digit', '1'],
        ['an empty text', ''],
      ])('treats %s as an ordinary value', async (_, value) => {
        const collection = await holding({ a: { name: value, note: 'a' }, b: { name: 'other', note: 'b' } });
        expect(idsOf(await collection.find({ where: { name: value }, limit: 10 }))).toEqual(['a']);
        expect(idsOf(await collection.find({ where: { name: { in: [value] } }, limit: 10 }))).toEqual(['a']);
        expect(idsOf(await collection.find({ where: { name: { notIn: [value] } }, limit: 10 }))).toEqual(['b']);
        const around = await holding({
          a: { name: `x${value}y` },
          b: { name: 'x' },
          c: { name: `y${value.slice(1)}` },
          d: { name: 'x\ny' },
        });
        if (value !== '') expect(idsOf(await around.find({ where: { name: { contains: value } }, limit: 10 }))).toEqual(['a']);
        expect((await collection.get('a'))?.document.name).toBe(value);
      });

      it('finds a part of a text, with its case, and never null', async () => {
        const collection = await holding({ a: { note: 'Attendance' }, b: { note: 'late attendance' }, c: { note: null } });
        const containing = async (contains: string) => idsOf(await collection.find({ where: { note: { contains } }, limit: 10 }));
        expect(await containing('Att')).toEqual(['a']);
        expect((await containing('ttend')).toSorted()).toEqual(['a', 'b']);
        expect((await containing('')).toSorted()).toEqual(['a', 'b']);
        expect(await collection.count({ note: { contains: 'late' } })).toBe(1);
      });

      it.each<[string, unknown]>([
        ['an object with an operator', { $gt: '' }],
        ['an object with a field', { name: 'a' }],
        ['a list', ['a']],
        ['a list in a bound', { gt: ['a'] }],
        ['an object in a list', { in: [{ $gt: '' }] }],
        ['a number as a part', { contains: 1 }],
        ['NaN', Number.NaN],
      ])('rejects %s as a filter value', async (_, value) => {
        const collection = await holding({ a: {} });
        await expect(collection.find({ where: { name: value as string }, limit: 10 })).rejects.toThrow(TypeError);
        await expect(collection.count({ name: value as string })).rejects.toThrow(TypeError);
      });

      it.each(["name') OR 1=1 --", '$where', 'a.b', '__proto__', ''])('rejects %p as a field name', async (field) => {
        const collection = await holding({ a: {} });
        await expect(collection.count({ [field]: 'x' } as never)).rejects.toThrow(TypeError);
        await expect(collection.find({ limit: 1, orderBy: { field: field as 'name', direction: 'ascending' } })).rejects.toThrow(
          TypeError,
        );
      });

      it.each([-1, 1.5, Number.NaN])('rejects %p as a limit', async (limit) => {
        const collection = await holding({ a: {} });
        await expect(collection.find({ limit })).rejects.toThrow(TypeError);
      });
    });

    describe('ids and documents', () => {
      it.each(['__proto__', 'constructor', 'toString', '극한성장의 비약', '$where', "'; DROP TABLE items; --", ' ', 'a/b.c'])(
        'accepts %p as an id',
        async (id) => {
          const collection = await holding({ other: {} });
          await collection.insert(id, item({ name: 'mine' }));
          expect(await collection.get(id)).toMatchObject({ id, document: { name: 'mine' } });
          expect((await collection.getMany([id])).get(id)?.document.name).toBe('mine');
          await collection.writeNewer([at(1, `${id}2`, {})]);
          expect(await collection.count()).toBe(3);
          expect(await collection.delete(id, 1)).toBe(true);
        },
      );

      it('returns objects with members of any name', async () => {
        const texts = { $where: '1', 'a.b': '2', '%24': '3', '': '4', 극한성장의비약: '5', $: '6', 'a%': '7' };
        const collection = await holding({ a: { extra: { texts: [texts] } } });
        await collection.replace('a', 1, item({ extra: { texts, list: [texts] } }));
        await collection.writeNewer([at(1, 'b', { extra: texts })]);
        expect((await collection.get('a'))?.document.extra).toEqual({ texts, list: [texts] });
        expect((await collection.find({ limit: 10 })).at(-1)?.document.extra).toEqual(texts);
        expect((await collection.getMany(['b'])).get('b')?.document.extra).toEqual(texts);
        expect((await collection.scan(null, 10)).at(-1)?.document.extra).toEqual(texts);
      });

      it('returns documents exactly as they were written', async () => {
        const collection = await make();
        const extra = {
          nested: harness.lacks?.includes('lists in lists')
            ? [{ deep: [null, true, '극한성장의 비약'] }, {}]
            : [[1, [2.5, { deep: [null, true, '극한성장의 비약'] }]], {}],
          numbers: [0, -1, 1e-9, 1.7976931348623157e308, Number.MAX_SAFE_INTEGER],
          strings: ['', '\n\t"\\', '🎁', 'a\u0000b', '2026-01-01T00:00:00.000Z'],
          list: [],
        };
        await collection.insert('a', item({ extra }));
        await collection.writeNewer([at(1, 'b', { extra })]);
        expect((await collection.get('a'))?.document.extra).toEqual(extra);
        expect((await collection.get('b'))?.document.extra).toEqual(extra);
      });

      it('omits undefined members', async () => {
        const collection = await make();
        await collection.insert('a', item({ extra: undefined }));
        expect(Object.keys((await collection.get('a'))!.document)).not.toContain('extra');
      });

      it('stores a document of 1 MiB', async () => {
        const collection = await make();
        const extra = '비약'.repeat(175_000);
        await collection.insert('a', item({ extra }));
        expect((await collection.get('a'))?.document.extra).toBe(extra);
        expect(await collection.replace('a', 1, item({ extra: `${extra}!` }))).toBe(true);
        expect((await collection.find({ where: { name: 'n' }, limit: 1 }))[0]?.document.extra).toBe(`${extra}!`);
      });
    });

    describe('scan', () => {
      it('returns all documents page by page in the order of their ids', async () => {
        const ids = ['b', 'a', '가', 'B', 'ab', '~', '😀'];
        const collection = await holding(Object.fromEntries(ids.map((id) => [id, { name: id }])));
        const scanned: Stored<Item>[] = [];
        for (;;) {
          const page = await collection.scan(scanned.at(-1)?.id ?? null, 2);
          if (page.length === 0) break;
          scanned.push(...page);
        }
        expect(idsOf(scanned)).toEqual(['B', 'a', 'ab', 'b', '~', '가', '😀']);
        expect(scanned.map(({ document }) => document.name)).toEqual(idsOf(scanned));
      });
    });

    describe('collections', () => {
      it('are independent of each other', async () => {
        const [one, other] = [await make(), await make()];
        await one.insert('a', item());
        expect(await other.get('a')).toBeNull();
        expect(await other.count()).toBe(0);
      });

      it('keep their documents and their uniqueness when the store is reopened', async () => {
        const spec = specOf([...INDEXES, { fields: ['name'], unique: true }]);
        const first = await harness.open();
        const before = await first.collection(spec);
        await before.insert('a', item({ name: '극한성장의 비약' }));
        await before.replace('a', 1, item({ name: '코어 잼스톤' }));
        await first.close();
        const after = await (await openStore()).collection(spec);
        expect(await after.get('a')).toEqual({ id: 'a', version: 2, document: item({ name: '코어 잼스톤' }) });
        expect(await after.insert('b', item({ name: '코어 잼스톤' }))).toBe(false);
      });

      it('get an index that a later version of the program declares', async () => {
        const spec = specOf([]);
        await (await store.collection(spec)).insert('a', item());
        const later = await (await openStore()).collection<Item>({ ...spec, indexes: [{ fields: ['name'], unique: true }] });
        expect(await later.insert('b', item())).toBe(false);
      });

      it('read as empty in a query-only store until a writer creates them', async () => {
        const spec = specOf();
        const reader = await (await openStore({ queryOnly: true })).collection(spec);
        expect(await reader.get('a')).toBeNull();
        expect(await reader.getMany(['a'])).toEqual(new Map());
        expect(await reader.find({ where: { group: 'g' }, limit: 10 })).toEqual([]);
        expect(await reader.count()).toBe(0);
        const collection = await store.collection(spec);
        await collection.insert('a', item());
        expect(await reader.count()).toBe(1);
        expect((await reader.get('a'))?.document).toEqual(item());
      });

      it('reject writes in a query-only store', async () => {
        const spec = specOf();
        const collection = await store.collection(spec);
        const reader = await (await openStore({ queryOnly: true })).collection(spec);
        await expect(reader.insert('a', item())).rejects.toThrow();
        await expect(reader.writeNewer([at(1, 'a')])).rejects.toThrow();
        await expect(reader.drop()).rejects.toThrow();
        expect(await collection.count()).toBe(0);
      });

      it('are dropped completely and can be created again', async () => {
        const spec = specOf([{ fields: ['name'], unique: true }]);
        const collection = await store.collection(spec);
        await collection.insert('a', item());
        await collection.drop();
        await collection.drop();
        expect(await collection.get('a')).toBeNull();
        expect(await collection.find({ limit: 10 })).toEqual([]);
        const again = await store.collection(spec);
        expect(await again.count()).toBe(0);
        await again.insert('b', item());
        expect(await again.insert('c', item())).toBe(false);
      });
    });

    it('answers a ping until it is closed', async () => {
      const another = await harness.open();
      await another.ping();
      await another.close();
      await another.close();
      await expect(another.ping()).rejects.toThrow();
    });
  });
};
