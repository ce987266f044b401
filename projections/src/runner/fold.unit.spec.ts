import { formatPosition, START, upcast, type RecordedEvent } from '@rewards/contracts';
import { factsOfParticipation, recorded } from '@rewards/contracts/testing/sample-events';
import type { Positioned } from '@rewards/document-store';
import { address, foldInto, ProjectionContext } from './fold';
import type { AnyProjection } from './projection';

const one = factsOfParticipation('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000b');
const two = factsOfParticipation('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-00000000000c');

/** Lists the progress of each login; throws at the progress `breaksAt`. */
const listing = (breaksAt = -1): AnyProjection => ({
  name: 'listing',
  tableVersion: 1,
  prefixes: [],
  indexes: [],
  key: ({ stream }: { stream: string }) => stream,
  on: {
    LoginCounted: (view: { seen: number[] } | null, { data }: { data: { progress: number } }) => {
      if (data.progress === breaksAt) throw new Error('cannot read this');
      return { seen: [...(view?.seen ?? []), data.progress] };
    },
  },
});

const run = (projection: AnyProjection, facts: Parameters<typeof recorded>[0], loaded = new Map()) => {
  const { addressed, failure: unaddressed } = address(projection, recorded(facts), upcast, ProjectionContext.atStart(projection));
  const { changed, failure } = foldInto(projection, loaded, addressed);
  return { changed, failure: failure ?? unaddressed };
};

describe('folding a batch', () => {
  it('returns each document once, at the position of the last event that changed it', () => {
    const { changed } = run(listing(), [one.counted(1), two.counted(1), one.started(), one.counted(2)]);
    expect(changed).toEqual([
      { id: one.stream, position: formatPosition(4), document: { seen: [1, 2] } },
      { id: two.stream, position: formatPosition(2), document: { seen: [1] } },
    ]);
  });

  it('skips events up to the position of their document, and applies later ones', () => {
    const loaded = new Map([[one.stream, { position: formatPosition(2), document: { seen: [1, 2] } }]]);
    const { changed } = run(listing(), [one.counted(1), one.counted(2), one.counted(3)], loaded);
    expect(changed).toEqual([{ id: one.stream, position: formatPosition(3), document: { seen: [1, 2, 3] } }]);
  });

  it('changes nothing if the document is ahead of the whole batch', () => {
    const loaded = new Map([[one.stream, { position: formatPosition(9), document: { seen: [9] } }]]);
    expect(run(listing(), [one.counted(1)], loaded).changed).toEqual([]);
  });

  it('stops before the first event that cannot be handled, and reports it', () => {
    const { changed, failure } = run(listing(2), [one.counted(1), one.counted(2), two.counted(3)]);
    expect(changed).toEqual([{ id: one.stream, position: formatPosition(1), document: { seen: [1] } }]);
    expect(failure).toEqual({ position: formatPosition(2), message: 'LoginCounted: cannot read this' });
  });

  it('stops before an event whose key cannot be computed', () => {
    const projection: AnyProjection = {
      ...listing(),
      key: ({ stream, revision }: { stream: string; revision: number }) => {
        if (revision === 1) throw new TypeError('no key');
        return stream;
      },
    };
    const { changed, failure } = run(projection, [one.counted(1), one.counted(2)]);
    expect(changed).toEqual([{ id: one.stream, position: formatPosition(1), document: { seen: [1] } }]);
    expect(failure).toEqual({ position: formatPosition(2), message: 'LoginCounted: no key' });
  });

  it('ignores an event type that is named like a member of Object.prototype', () => {
    const strange = { stream: one.stream, event: { type: 'toString', data: {} } };
    expect(run(listing(), [strange])).toEqual({ changed: [], failure: null });
  });
});

describe('folding with a context', () => {
  /** Groups the logins of the other streams by the last progress in the stream of the context, and counts that one too. */
  const grouping: AnyProjection = {
    name: 'grouping',
    tableVersion: 1,
    prefixes: [],
    indexes: [],
    context: {
      stream: one.stream,
      aggregate: {
        initial: 0,
        evolve: (state: number, { type, data }: { type: string; data: { progress: number } }) =>
          type === 'LoginCounted' ? data.progress : state,
      },
    },
    key: ({ data }: { data: { loginId: string } }, group: number) =>
      data.loginId === 'none' ? null : data.loginId === 'both' ? [`${group}`, 'all'] : `${group}`,
    on: {
      LoginCounted: (view: { seen: number[] } | null, { data }: { data: { progress: number } }, id: string) => ({
        id,
        seen: [...(view?.seen ?? []), data.progress],
      }),
    },
  };
  const log = recorded([
    two.counted(1),
    one.counted(7),
    two.counted(2),
    two.counted(3, { loginId: 'none' }),
    one.completed(),
    two.counted(4, { loginId: 'both' }),
    one.counted(8),
    two.counted(5),
  ]);
  const expected = [
    { id: '0', position: formatPosition(2), document: { id: '0', seen: [1, 7] } },
    { id: '7', position: formatPosition(7), document: { id: '7', seen: [2, 4, 8] } },
    { id: 'all', position: formatPosition(6), document: { id: 'all', seen: [4] } },
    { id: '8', position: formatPosition(8), document: { id: '8', seen: [5] } },
  ];

  it('gives each event the context before it, also one of its own stream, and changes no, one or several documents', () => {
    const { addressed, failure } = address(grouping, log, upcast, ProjectionContext.atStart(grouping));
    expect(failure).toBeNull();
    expect(foldInto(grouping, new Map(), addressed)).toEqual({ changed: expected, failure: null });
  });

  it.each([1, 2, 3, 5])('goes on with the context of the batch before: batches of %i', (size) => {
    const context = ProjectionContext.atStart(grouping);
    const documents = new Map<string, Positioned<object>>();
    for (let from = 0; from < log.length; from += size) {
      const { addressed } = address(grouping, log.slice(from, from + size), upcast, context);
      for (const changed of foldInto(grouping, documents, addressed).changed) documents.set(changed.id, changed);
    }
    expect([...documents.values()]).toEqual(expected);
    expect(context.current).toBe(8);
  });

  it('changes nothing when any part of the log is delivered again with the context before it', async () => {
    const store = { readStream: async (stream: string) => log.filter((event) => event.stream === stream) };
    const documents = new Map(expected.map((document) => [document.id, document]));
    for (let from = log.length - 1; from >= 0; from -= 1) {
      for (let end = from + 1; end <= log.length; end += 1) {
        const context = await ProjectionContext.after(log[from - 1]?.position ?? START, grouping, store, upcast);
        const { addressed } = address(grouping, log.slice(from, end), upcast, context);
        expect(foldInto(grouping, documents, addressed)).toEqual({ changed: [], failure: null });
      }
    }
  });

  it('restores the context after a position from its stream', async () => {
    const store = { readStream: async (stream: string) => log.filter((event) => event.stream === stream) };
    const contextAfter = async (place: number) =>
      (await ProjectionContext.after(formatPosition(place), grouping, store, upcast)).current;
    expect(await Promise.all([1, 2, 6, 7, 8].map(contextAfter))).toEqual([0, 7, 7, 8, 8]);
  });

  it('stops before an event of the context that cannot be read', () => {
    const later = (event: RecordedEvent) => {
      if (event.stream === one.stream && event.type === 'EventCompleted') throw new Error('of a later version');
      return upcast(event);
    };
    const { addressed, failure } = address(grouping, log, later as typeof upcast, ProjectionContext.atStart(grouping));
    expect(failure).toEqual({ position: formatPosition(5), message: 'EventCompleted: of a later version' });
    expect(addressed.at(-1)?.recorded.position).toBe(formatPosition(3));
  });
});
