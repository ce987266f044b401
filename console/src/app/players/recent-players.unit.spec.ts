import { readRecent, withRecent } from './recent-players';

const player = (accountId: string, email: string | null = null) => ({ accountId, email });

describe('recent players', () => {
  it('put the newest first, each once', () => {
    expect(withRecent([player('a'), player('b')], player('b', 'b@example.com'))).toEqual([
      player('b', 'b@example.com'),
      player('a'),
    ]);
  });

  it('keep the newest ten', () => {
    const ten = Array.from({ length: 10 }, (_, index) => player(String(index)));
    expect(withRecent(ten, player('new'))).toEqual([player('new'), ...ten.slice(0, 9)]);
  });

  it.each([null, 'nothing', '{}', '[1, null, {}]'])('are empty when %s is stored', (stored) => {
    expect(readRecent(stored)).toEqual([]);
  });
});
