import { isSameList } from './use-rows';

describe('the rows of earlier filters', () => {
  it('are kept if only filters differ', () => {
    expect(isSameList(['claims', { status: 'SUCCESS' }], ['claims', {}])).toBe(true);
    expect(isSameList(['event', 'a', 'claims', { q: 'x' }], ['event', 'a', 'claims', { q: 'y' }])).toBe(true);
  });

  it('are not shown in the list of another subject', () => {
    expect(isSameList(['event', 'a', 'claims', {}], ['event', 'b', 'claims', {}])).toBe(false);
    expect(isSameList(['player', 'a'], ['player', 'b'])).toBe(false);
    expect(isSameList(['claims', {}], ['claims'])).toBe(false);
    expect(isSameList(['claims', {}], ['claims', undefined])).toBe(false);
  });
});
