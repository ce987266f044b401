import { parseJsonBody } from './json-body';

const parse = (text: string) => parseJsonBody(Buffer.from(text));

describe('a JSON body', () => {
  it('may be an object or nothing', () => {
    expect(parse('{"a":[1]}')).toEqual({ a: [1] });
    expect(parse(' ')).toBeUndefined();
  });

  it.each([
    '[]',
    'null',
    '1',
    '"text"',
    '{',
    '{"__proto__":{}}',
    '{"a":{"__proto__":1}}',
    '{"a":{"constructor":{"prototype":{}}}}',
    '{"toString":1}',
    '{"prototype":1}',
    '{"a":[{"valueOf":null}]}',
  ])('is refused: %s', (text) => expect(() => parse(text)).toThrow('VALIDATION_FAILED'));

  it('is bounded in depth, brackets in strings apart', () => {
    expect(() => parse(`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`)).toThrow('nested');
    expect(parse(`{"a":"${'['.repeat(100)}\\"${'{'.repeat(100)}"}`)).toBeDefined();
  });

  const nfd = '비약'.normalize('NFD');

  it('has its text in NFC at any depth, names of members and escaped text included', () => {
    expect(parse(JSON.stringify({ name: nfd, list: [{ [nfd]: nfd }] }))).toEqual({ name: '비약', list: [{ 비약: '비약' }] });
    expect(parse('{"name":"\\u1107\\u1175"}')).toEqual({ name: '비' });
  });

  it.each([
    ['half of a surrogate pair', '{"list":[{"name":"\\ud83d"}]}', 'list.0.name: must not contain half of a surrogate pair'],
    ['a name with half of one', '{"\\udc00":1}', 'body: must not contain half of a surrogate pair'],
    ['a member twice, spelled differently', JSON.stringify({ 비약: 1, [nfd]: 2 }), '비약: must be given once'],
  ])('is refused with %s', (_, text, detail) => expect(() => parse(text)).toThrow(detail));

  it.each([
    ['a lone byte', [0xff]],
    ['a continuation byte alone', [0x80]],
    ['a sequence cut short', [0xeb, 0xb9]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong slash of three bytes', [0xe0, 0x80, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['a surrogate pair of two encoded halves', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['a code point past the last', [0xf4, 0x90, 0x80, 0x80]],
  ])('is refused with %s', (_, bytes) => {
    const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(() => parseJsonBody(body)).toThrow('body: must be valid UTF-8');
  });

  it('may begin with a byte order mark', () => {
    expect(parse('\ufeff{"a":1}')).toEqual({ a: 1 });
    expect(parse('\ufeff')).toBeUndefined();
    expect(() => parseJsonBody(Buffer.from('{"a":1}', 'utf16le'))).toThrow('VALIDATION_FAILED');
  });
});
