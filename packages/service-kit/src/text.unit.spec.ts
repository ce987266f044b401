import { requireDecodableQuery } from './text';

describe('a query', () => {
  it.each(['/events', '/events?', '/events?q=%ec%9d%bd+a&q=&=&&b', "/events?q=?/:@!$'()*,;~"])('is decodable: %s', (target) => {
    expect(() => requireDecodableQuery(target)).not.toThrow();
  });

  it.each(['/events?q=\u00ec\u009d\u00bd', '/events?q=a b', '/events?q=a#b', '/events?q=%ec%9d&x=%bd', '/events?100%'])(
    'is not decodable: %j',
    (target) => expect(() => requireDecodableQuery(target)).toThrow('query: must be percent-encoded UTF-8'),
  );
});
