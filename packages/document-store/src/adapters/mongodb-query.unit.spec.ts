import { filterOf } from './mongodb-query';

describe('a part of a text in a query of MongoDB', () => {
  it.each(['(50%)', '.*', 'a|b', '^a$', '[a-z]{2}', '\\d', 'a+?', '극한성장의 비약', '$where', 'a\u0000b'])(
    'is the pattern that matches %j and nothing else',
    (text) => {
      const { 'document.name': criterion } = filterOf<{ name: string }>({ name: { contains: text } });
      const pattern = new RegExp((criterion as { readonly $regex: string }).$regex, 'u');
      expect(pattern.exec(`x${text}y`)?.[0]).toBe(text);
      for (const other of ['ab', 'x', '5', text.slice(1), text.slice(0, -1)]) expect(pattern.test(other)).toBe(false);
    },
  );

  it('is a text, and nothing that MongoDB could interpret', () => {
    for (const part of [1, { $gt: '' }, ['a'], null] as readonly unknown[])
      expect(() => filterOf<{ name: string }>({ name: { contains: part as never } })).toThrow(TypeError);
  });
});
