import { Outages } from './outages';

const observed = () => {
  const reported: unknown[] = [];
  const outages = new Outages({
    onError: (error) => reported.push(String(error)),
    onRecovered: (failures) => reported.push(failures),
  });
  return { reported, outages };
};

describe('outages', () => {
  it('reports the first failure, and the number of failures on recovery', () => {
    const { reported, outages } = observed();
    outages.succeeded('commit');
    for (let time = 0; time < 500; time += 1) outages.failed('commit', `full ${time}`);
    expect(reported).toEqual(['full 0']);
    outages.succeeded('commit');
    outages.succeeded('commit');
    expect(reported).toEqual(['full 0', 500]);
    outages.failed('commit', 'full again');
    expect(reported).toEqual(['full 0', 500, 'full again']);
  });

  it('reports each failing part once, and the recovery when all parts work', () => {
    const { reported, outages } = observed();
    outages.failed('commit', 'full');
    outages.failed('read', 'broken');
    outages.succeeded('commit');
    expect(reported).toEqual(['full', 'broken']);
    outages.succeeded('read');
    expect(reported).toEqual(['full', 'broken', 2]);
  });

  it('treats a part as failing until it works in every place where it failed', () => {
    const { reported, outages } = observed();
    outages.failed('read', 'broken', 't/0');
    outages.failed('read', 'broken', 't/1');
    outages.succeeded('read', 't/0');
    outages.failed('read', 'broken', 't/0');
    outages.succeeded('read', 't/0');
    outages.succeeded('read', 't/2');
    expect(reported).toEqual(['broken']);
    outages.succeeded('read', 't/1');
    expect(reported).toEqual(['broken', 3]);
  });
});
