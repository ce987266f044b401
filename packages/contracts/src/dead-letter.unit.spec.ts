import {
  decodeUtf8,
  isFingerprint,
  keyOfDeadLetter,
  kindOfDeadLetter,
  valueOfDeadLetter,
  type DeadLettered,
} from './dead-letter';

/** Stored forms of each version of the program; never change them. */
describe('keyOfDeadLetter and valueOfDeadLetter', () => {
  it('encode the text that the first version stored as UTF-8', () => {
    const letter = { key: '계정', payload: 'a\u0000b \ufeff🎁' };
    expect([keyOfDeadLetter(letter)?.toString(), valueOfDeadLetter(letter)?.toString()]).toEqual([letter.key, letter.payload]);
    expect(valueOfDeadLetter({ payload: '' })).toEqual(Buffer.alloc(0));
  });

  it('decode the Base64 form if there is one', () => {
    expect(valueOfDeadLetter({ payload: '', payloadBase64: 'sdjH0Q==' })).toEqual(Buffer.from([0xb1, 0xd8, 0xc7, 0xd1]));
    expect(keyOfDeadLetter({ key: '', keyBase64: '/w==' })).toEqual(Buffer.from([0xff]));
  });

  it('return null if the message has no key or no value', () => {
    expect(keyOfDeadLetter({ key: '', keyBase64: null })).toBeNull();
    expect(valueOfDeadLetter({ payload: '', payloadBase64: null })).toBeNull();
  });
});

describe('textOf', () => {
  it('decodes UTF-8 exactly', () => {
    for (const text of ['', '극한성장의 비약', '\ufeffx', '\u0000']) expect(decodeUtf8(Buffer.from(text))).toBe(text);
  });

  it('returns null for missing bytes and invalid UTF-8', () => {
    for (const bytes of [
      [0xb1, 0xd8],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x9f],
    ])
      expect(decodeUtf8(Buffer.from(bytes))).toBeNull();
    expect(decodeUtf8(null)).toBeNull();
  });
});

describe('kindOfDeadLetter', () => {
  const kind = (changes: Partial<DeadLettered> = {}) =>
    kindOfDeadLetter({
      ...{ deadLetterId: 'd', topic: 'logins', partition: 0, offset: '7', key: 'k', payload: '{}' },
      ...{ error: 'MalformedMessage: not JSON', attempts: 1, at: '2026-11-01T00:00:00.000Z' },
      ...changes,
    });
  const [shape, error] = [(payload: string) => kind({ payload }).shape, (text: string) => kind({ error: text }).error];

  it('has the topic, the error and the shape, and nothing of the single message', () => {
    expect(kind({ payload: '{"a":1}' })).toEqual({ topic: 'logins', error: 'MalformedMessage: not JSON', shape: '{"a":number}' });
    expect(kind({ deadLetterId: 'e', partition: 1, offset: '8', key: 'l', attempts: 5, at: '2026-12-01T00:00:00.000Z' })).toEqual(
      kind(),
    );
  });

  it('leaves out what differs between occurrences of an error', () => {
    const from = (at: string) => error(`MessageFromTheFuture: at is ${at}, more than a day ahead of the clock`);
    expect(from('2026-11-01T00:00:00.000Z')).toBe('MessageFromTheFuture: at is # more than a day ahead of the clock');
    expect(from('2026-12-01T00:00:00.001Z')).toBe(from('2026-11-01T00:00:00.000Z'));
    for (const [one, other] of [
      [
        'Error: account 3f1c0000-0000-4000-8000-000000000001 is gone',
        'Error: account 00000000-0000-4000-8000-000000000002 is gone',
      ],
      ['Error: anna@example.com is unknown', 'Error: bob@example.com is unknown'],
      ['SyntaxError: Unexpected token \'x\', "x" is not JSON', 'SyntaxError: Unexpected token \'y\', "y z" is not JSON'],
    ] as const)
      expect(error(one)).toBe(error(other));
    expect(error('MalformedMessage: the key is not text')).not.toBe(error('MalformedMessage: the value is not text'));
    expect(error('TypeError: x')).not.toBe(error('RangeError: x'));
  });

  it('has the member names and the types of their values, in any order', () => {
    expect(shape('{"b":"x","a":{"c":null,"d":true}}')).toBe('{"a":{"c":null,"d":boolean},"b":string}');
    expect(shape('{"a":{"d":false,"c":null},"b":"y"}')).toBe(shape('{"b":"x","a":{"c":null,"d":true}}'));
    for (const other of ['{"a":"1"}', '{"b":1}', '{"a":1,"b":1}', '{}', '[]', '1', 'null', '{"a":[1]}'])
      expect(shape(other)).not.toBe(shape('{"a":1}'));
  });

  it('does not depend on the length of lists, on keys that are ids or numbers, or on deep members', () => {
    expect(shape('[1,2,"x"]')).toBe('[number,string]');
    expect(shape('{"1":true,"22":false}')).toBe('{"#":boolean}');
    expect(shape('{"00000000-0000-4000-8000-000000000001":1}')).toBe('{"#":number}');
    expect(shape('{"a":{"b":{"c":{"d":{"e":1}}}}}')).toBe(shape('{"a":{"b":{"c":{"d":{"f":2}}}}}'));
    expect(shape(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toBe('[[[[[]]]]]');
  });

  it('says why a message has no shape', () => {
    expect(shape('{')).toBe('not JSON');
    expect(kind({ payload: '', payloadBase64: null }).shape).toBe('missing');
    expect(kind({ payload: '', payloadBase64: '/w==' }).shape).toBe('not UTF-8');
    expect(kind({ isCut: true }).shape).toBe('cut');
  });
});

describe('isFingerprint', () => {
  it('accepts 16 lower-case hexadecimal digits only', () => {
    expect(isFingerprint('0123456789abcdef')).toBe(true);
    for (const value of ['0123456789ABCDEF', '0123456789abcde', '0123456789abcdef0', '', 'x', 1, null])
      expect(isFingerprint(value)).toBe(false);
  });
});
