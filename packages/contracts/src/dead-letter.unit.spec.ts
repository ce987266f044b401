import { keyOfDeadLetter, textOf, valueOfDeadLetter } from './dead-letter';

/** As they were stored by each version of the program: never changed. */
describe('the message of a dead letter', () => {
  it('is the UTF-8 of its text, as the first version stored it', () => {
    const letter = { key: '계정', payload: 'a\u0000b \ufeff🎁' };
    expect([keyOfDeadLetter(letter)?.toString(), valueOfDeadLetter(letter)?.toString()]).toEqual([letter.key, letter.payload]);
    expect(valueOfDeadLetter({ payload: '' })).toEqual(Buffer.alloc(0));
  });

  it('is the bytes beside its text, if there are any', () => {
    expect(valueOfDeadLetter({ payload: '', payloadBase64: 'sdjH0Q==' })).toEqual(Buffer.from([0xb1, 0xd8, 0xc7, 0xd1]));
    expect(keyOfDeadLetter({ key: '', keyBase64: '/w==' })).toEqual(Buffer.from([0xff]));
  });

  it('may have no key and no value', () => {
    expect(keyOfDeadLetter({ key: '', keyBase64: null })).toBeNull();
    expect(valueOfDeadLetter({ payload: '', payloadBase64: null })).toBeNull();
  });
});

describe('the text of bytes', () => {
  it('is exact', () => {
    for (const text of ['', '극한성장의 비약', '\ufeffx', '\u0000']) expect(textOf(Buffer.from(text))).toBe(text);
  });

  it('does not exist where they are not UTF-8, or missing', () => {
    for (const bytes of [
      [0xb1, 0xd8],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf0, 0x9f],
    ])
      expect(textOf(Buffer.from(bytes))).toBeNull();
    expect(textOf(null)).toBeNull();
  });
});
