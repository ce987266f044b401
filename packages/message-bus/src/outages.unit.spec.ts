import { Outages } from './outages';

const observed = () => {
  const seen: unknown[] = [];
  const outages = new Outages({
    onError: (error) => seen.push(String(error)),
    onRecovered: (failures) => seen.push(failures),
  });
  return { seen, outages };
};

describe('outages', () => {
  it('reports the first failure, and the number of failures when it works again', () => {
    const { seen, outages } = observed();
    outages.worked('commit');
    for (let time = 0; time < 500; time += 1) outages.failed('commit', `full ${time}`);
    expect(seen).toEqual(['full 0']);
    outages.worked('commit');
    outages.worked('commit');
    expect(seen).toEqual(['full 0', 500]);
    outages.failed('commit', 'full again');
    expect(seen).toEqual(['full 0', 500, 'full again']);
  });

  it('reports each part once, and the end when all parts work', () => {
    const { seen, outages } = observed();
    outages.failed('commit', 'full');
    outages.failed('read', 'broken');
    outages.worked('commit');
    expect(seen).toEqual(['full', 'broken']);
    outages.worked('read');
    expect(seen).toEqual(['full', 'broken', 2]);
  });

  it('takes a part for failing until it works in every place where it failed', () => {
    const { seen, outages } = observed();
    outages.failed('read', 'broken', 't/0');
    outages.failed('read', 'broken', 't/1');
    outages.worked('read', 't/0');
    outages.failed('read', 'broken', 't/0');
    outages.worked('read', 't/0');
    outages.worked('read', 't/2');
    expect(seen).toEqual(['broken']);
    outages.worked('read', 't/1');
    expect(seen).toEqual(['broken', 3]);
  });
});
