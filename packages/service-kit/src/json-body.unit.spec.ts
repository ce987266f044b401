import fc from 'fast-check';
import { parseJsonBody } from './json-body';
import { findJsonFault } from './json-text';

const parse = (text: string) => parseJsonBody(Buffer.from(text));

describe('a JSON body', () => {
  it('can be an object or nothing', () => {
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
  ])('is rejected: %s', (text) => expect(() => parse(text)).toThrow('VALIDATION_FAILED'));

  it('is limited in depth, not counting brackets in strings', () => {
    expect(() => parse(`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`)).toThrow('nested');
    expect(parse(`{"a":"${'['.repeat(100)}\\"${'{'.repeat(100)}"}`)).toBeDefined();
  });

  it.each([
    ['{"name":', 'The body is not complete JSON: it ends at character 8'],
    ['{', 'The body is not complete JSON: it ends at character 1'],
    ['{"a":"비약', 'The body is not complete JSON: it ends at character 8'],
    ['{"a":"x\\', 'The body is not complete JSON: it ends at character 8'],
    ['{"a":"\\u12', 'The body is not complete JSON: it ends at character 10'],
    ['{"a":[1,{"b":tru', 'The body is not complete JSON: it ends at character 16'],
    ['{"a":1.', 'The body is not complete JSON: it ends at character 7'],
    ['{"a":1,', 'The body is not complete JSON: it ends at character 7'],
    ['{"a":1}}', 'The body is not JSON: "}" is unexpected at character 8'],
    ["{'a':1}", 'The body is not JSON: "\'" is unexpected at character 2'],
    ['{"a":01}', 'The body is not JSON: "0" is unexpected at character 6'],
    ['{"비":😀}', 'The body is not JSON: "😀" is unexpected at character 6'],
    ['{"a":1 "b":2}', 'The body is not JSON: "\\"" is unexpected at character 8'],
    ['[{"a":1}]', 'The body must be a JSON object, not a list: send one object'],
    ['7', 'The body must be a JSON object'],
    ['{"__proto__":{}}', '__proto__: is not a known field'],
  ])('is rejected with the place and the reason of its fault: %s', (text, detail) => {
    expect(() => parse(text)).toThrow(new RegExp(`${detail.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`));
  });

  it.each([
    ['{"a":1,"a":1}', 'a: must be given once'],
    ['{"a":1,"\\u0061":2}', 'a: must be given once'],
    ['{"list":[{"b":1},{"b":1,"c":{},"b":2}]}', 'list.1.b: must be given once'],
    ['{"a":{"b":1},"a":{"c":1}}', 'a: must be given once'],
  ])('is rejected with a repeated member: %s', (text, detail) => expect(() => parse(text)).toThrow(detail));

  it('can have the same member in different objects, and text that looks like members', () => {
    expect(parse('{"a":{"b":1},"c":[{"b":1},{"b":2}],"d":"\\"b\\":1,\\"b\\":1"}')).toBeDefined();
  });

  it.each([
    '0.99999999999999999999',
    '1.00000000000000000001',
    '0.5',
    '-1.5',
    '1e-1',
    '15e-1',
    '1e-400',
    `0.${'0'.repeat(60_000)}1`,
  ])('is rejected with the number %s, because its exact value is not an integer', (number) =>
    expect(() => parse(`{"rewards":[{"amount":${number}}]}`)).toThrow('rewards.0.amount: must be an integer'),
  );

  it.each([
    ['10.0', 10],
    ['1e1', 10],
    ['1.50E+1', 15],
    ['100e-2', 1],
    ['-0.0', -0],
    ['0e-9', 0],
    ['1e400', Infinity],
  ])('can contain an integer written as %s', (number, value) => expect(parse(`{"a":${number}}`)).toEqual({ a: value }));

  it('is rejected exactly if JSON.parse rejects it, apart from fractions and repeated members', () => {
    const isJson = (text: string) => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    const integers = fc
      .jsonValue({ maxDepth: 4 })
      .map((value) => JSON.stringify(value, (_, v: unknown) => (typeof v === 'number' ? Math.trunc(v) : v)));
    const damaged = fc
      .tuple(
        integers,
        fc.nat(),
        fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '0', '-', 'e', '\\', 'x', ' ', '\n', 'true'),
      )
      .map(([text, at, piece]) => text.slice(0, at % (text.length + 1)) + piece + text.slice((at + 1) % (text.length + 1)));
    fc.assert(
      fc.property(fc.oneof(integers, damaged), (text) => {
        const fault = findJsonFault(text, 100);
        if (fault && /integer|once/.test(fault.message)) return;
        expect([text, fault === null]).toEqual([text, isJson(text)]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is incomplete if it is cut off at any character', () => {
    const text = '{"a":[1,-2.0e+1,true,null,"b\\u00e9\\n"],"c":{"d":false}}';
    for (let length = 1; length < text.length; length += 1) {
      expect([length, findJsonFault(text.slice(0, length), 12)?.message]).toEqual([
        length,
        `is not complete JSON: it ends at character ${length}`,
      ]);
    }
  });

  it('is checked in linear time', () => {
    const began = performance.now();
    for (const unit of ['"', '\\', '0', '[', '{"a":', '1.', '"\\u', ' ']) findJsonFault(unit.repeat(65_536 / unit.length), 12);
    findJsonFault(`{"a":"${'\\n'.repeat(32_000)}`, 12);
    findJsonFault(`{"a":1.${'0'.repeat(65_000)}1}`, 12);
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  const nfd = '비약'.normalize('NFD');

  it('is converted to NFC at any depth, including member names and escaped text', () => {
    expect(parse(JSON.stringify({ name: nfd, list: [{ [nfd]: nfd }] }))).toEqual({ name: '비약', list: [{ 비약: '비약' }] });
    expect(parse('{"name":"\\u1107\\u1175"}')).toEqual({ name: '비' });
  });

  it.each([
    ['half of a surrogate pair', '{"list":[{"name":"\\ud83d"}]}', 'list.0.name: must not contain half of a surrogate pair'],
    ['a name with half of one', '{"\\udc00":1}', 'The body must not contain half of a surrogate pair'],
    ['a member twice, spelled differently', JSON.stringify({ 비약: 1, [nfd]: 2 }), '비약: must be given once'],
  ])('is rejected with %s', (_, text, detail) => expect(() => parse(text)).toThrow(detail));

  it.each([
    ['a lone byte', [0xff]],
    ['a continuation byte alone', [0x80]],
    ['a sequence cut short', [0xeb, 0xb9]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong slash of three bytes', [0xe0, 0x80, 0xaf]],
    ['an encoded surrogate', [0xed, 0xa0, 0x80]],
    ['a surrogate pair of two encoded halves', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['a code point past the last', [0xf4, 0x90, 0x80, 0x80]],
  ])('is rejected with %s', (_, bytes) => {
    const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(() => parseJsonBody(body)).toThrow('The body must be valid UTF-8');
  });

  it('can begin with a byte order mark', () => {
    expect(parse('\ufeff{"a":1}')).toEqual({ a: 1 });
    expect(parse('\ufeff')).toBeUndefined();
    expect(() => parseJsonBody(Buffer.from('{"a":1}', 'utf16le'))).toThrow('VALIDATION_FAILED');
  });
});
