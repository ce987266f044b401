import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import 'reflect-metadata';
import { Name, nameInPath, PageQuery, PathName, Text, TimeOfDay } from './fields';

class Named {
  @Name()
  name: string;
}

class Rewarded {
  @PathName()
  name: string;
}

class Described {
  @Text(100)
  text: string;
}

class Day {
  @TimeOfDay()
  startsAt: string;
}

const isValid = (model: new () => object, value: object) => validateSync(plainToInstance(model, value)).length === 0;

const INVISIBLE = [
  '\u200b',
  '\u3164',
  '\u2800',
  '\u{e0041}',
  '\ufe0f',
  '\u0301',
  '\u115f',
  '\uffa0',
  '\u00ad',
  '\u3000',
  '\u{1d159}',
  '\ufdd0',
];
const MISLEADING = ['a\u202eb', 'a\u202ab', 'a\u2066b\u2069', 'a\u2069', 'a\u0000b', 'a\nb', 'a\u0085b', 'a\ud800b'];
const NAMES = ['극한성장의 비약', 'é', 'e\u0301', 'עברית', 'عربي', 'नमस्ते', '👩‍👩‍👧', '❤️', '★', 'a\u200bb', 'ㄱ', 'x'.repeat(100)];

describe('a name', () => {
  it.each(NAMES)('can be %j', (name) => {
    expect([isValid(Named, { name }), isValid(Rewarded, { name }), nameInPath(name)]).toEqual([
      true,
      true,
      name.normalize('NFC'),
    ]);
  });

  it.each([...INVISIBLE, INVISIBLE.join(''), ...MISLEADING, '', ' ', 'x'.repeat(101)])('cannot be %j', (name) => {
    expect([isValid(Named, { name }), isValid(Rewarded, { name })]).toEqual([false, false]);
    expect(() => nameInPath(name)).toThrow('name: must be 1 to 100 characters');
  });

  it.each(['a/b', '..', '.', '.a', 'a\\b', ' .a'])('of a reward cannot be %j, because it is a path segment', (name) => {
    expect([isValid(Named, { name }), isValid(Rewarded, { name })]).toEqual([true, false]);
    expect(() => nameInPath(name)).toThrow('name: must have no slash');
  });

  it('is trimmed and converted to NFC', () => expect(nameInPath(` ${'비약'.normalize('NFD')}\u00a0`)).toBe('비약'));
});

it('a text can have several lines, and cannot contain bidirectional overrides or control characters', () => {
  expect(isValid(Described, { text: '두 줄\n설명\t\r\n' })).toBe(true);
  for (const text of MISLEADING.filter((each) => !each.includes('\n')))
    expect([text, isValid(Described, { text })]).toEqual([text, false]);
});

it('a time of day is from 00:00 to 23:59', () => {
  expect(['00:00', '05:00', '23:59'].map((startsAt) => isValid(Day, { startsAt }))).toEqual([true, true, true]);
  for (const startsAt of ['24:00', '5:00', '05:60', '05:00:00', '', 5, null, '٠٥:٠٠'])
    expect([startsAt, isValid(Day, { startsAt })]).toEqual([startsAt, false]);
});

it.each(['010', '1e1', '+1', ' 1', '', '1.0'])('a limit of %j is rejected, and the message covers leading zeros', (limit) => {
  const [error] = validateSync(plainToInstance(PageQuery, { limit }));
  expect(error).toMatchObject({ property: 'limit', constraints: { isInt: 'must be an integer without leading zeros' } });
});
