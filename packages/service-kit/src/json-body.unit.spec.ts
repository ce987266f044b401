import { parseJsonBody } from './json-body';

describe('a JSON body', () => {
  it('may be an object or nothing', () => {
    expect(parseJsonBody('{"a":[1]}')).toEqual({ a: [1] });
    expect(parseJsonBody(' ')).toBeUndefined();
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
  ])('is refused: %s', (text) => expect(() => parseJsonBody(text)).toThrow('VALIDATION_FAILED'));

  it('is bounded in depth, brackets in strings apart', () => {
    expect(() => parseJsonBody(`{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}`)).toThrow('nested');
    expect(parseJsonBody(`{"a":"${'['.repeat(100)}\\"${'{'.repeat(100)}"}`)).toBeDefined();
  });
});
