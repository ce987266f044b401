import { formatPosition, upcast } from '@rewards/contracts';
import { factsOfParticipation, recorded } from '@rewards/contracts/testing/sample-events';
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
