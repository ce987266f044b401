import { keyOfDeadLetter, decodeUtf8, valueOfDeadLetter } from './dead-letter';

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
