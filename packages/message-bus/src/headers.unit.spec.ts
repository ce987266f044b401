import { textHeaders } from './headers';

const text = (value: string): Buffer => Buffer.from(value);
const bytes = Buffer.from([0xff, 0xfe]);

it.each<[string, unknown, string | undefined]>([
  ['text', text('극한'), '극한'],
  ['a byte order mark', text('\ufeffa'), '\ufeffa'],
  ['nothing', null, undefined],
  ['bytes that are not UTF-8', bytes, undefined],
  ['several values', [text('first'), text('last')], 'last'],
  ['several values, of which the last is not UTF-8', [text('first'), bytes], undefined],
  ['several values, of which the last is missing', [text('first'), null], undefined],
  // kafkajs takes an inherited member for an earlier value of the name.
  ['a value after an inherited member', [Object.prototype.toString, text('value')], 'value'],
])('a header with %s', (_case, raw, delivered) => {
  expect(textHeaders({ name: raw })).toEqual(delivered === undefined ? {} : { name: delivered });
});

it('a message without headers, and headers without a name', () => {
  expect([textHeaders(undefined), textHeaders({ '': text('x') })]).toEqual([{}, {}]);
});

it('a header named like the prototype is a header', () => {
  const raw = Object.fromEntries([['__proto__', text('x')]]);
  expect(Object.entries(textHeaders(raw))).toEqual([['__proto__', 'x']]);
});
