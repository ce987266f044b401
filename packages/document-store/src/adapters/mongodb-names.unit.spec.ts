import { fromStorable, toStorable } from './mongodb-names';

describe('names of members in MongoDB', () => {
  const document = {
    plain: [{ list: [1, null, 'a.b'] }],
    texts: { $where: '1', 'a.b': '2', '%24': '3', '': '4', 극한성장의비약: '5', $: '6', 'a%': '7', '%2524': '8' },
  };

  it('contain no sign that the engine rejects, at any depth', () => {
    expect(Object.keys((toStorable({ list: [document] }) as { list: [typeof document] }).list[0].texts)).toEqual([
      '%24where',
      'a%2eb',
      '%2524',
      '',
      '극한성장의비약',
      '%24',
      'a%25',
      '%252524',
    ]);
  });

  it('read back as they were', () => {
    expect(fromStorable(toStorable(document))).toEqual(document);
  });

  it('leave an ordinary document untouched', () => {
    const { plain } = document;
    expect([toStorable(plain), fromStorable(plain)]).toEqual([plain, plain]);
    expect(toStorable(plain)).toBe(plain);
  });
});
