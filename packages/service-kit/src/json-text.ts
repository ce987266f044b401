/** A fault of a JSON text, which its parsed value may hide. */
export interface JsonFault {
  /** Path of the member, such as `rewards.0.amount`; `body` for the text as a whole. */
  readonly field: string;
  readonly message: string;
}

const SPACE = /[ \t\n\r]*/y;
const STRING = /"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])/y;
const WORD = /(?:true|false|null)(?!\w)/y;
const MARK = /[{}[\],:]/y;
/** The beginning of a string, number or word that the end of the text cuts off. */
const CUT =
  /(?:"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})[^"\\\x00-\x1f]*)*(?:\\(?:u[0-9A-Fa-f]{0,3})?)?|-|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:\.|[eE][+-]?)|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?)$/y;

type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';

/** An object or list that is not closed yet. */
interface Open {
  readonly field: string;
  /** Names of an object's members so far; null for a list. */
  readonly names: Set<string> | null;
  /** Name of the member, or index of the item, that comes next or is being read. */
  at: string | number;
}

/**
 * Checks a JSON text for faults that `JSON.parse` hides: a repeated member, a number whose exact value is not an integer
 * (`0.99999999999999999999` parses to 1), and the place where the text is not JSON. Takes linear time and does not recurse.
 * @param maxDepth deepest nesting of objects and lists
 * @returns the first fault, null if there is none
 */
export const findJsonFault = (text: string, maxDepth: number): JsonFault | null => {
  const stack: Open[] = [];
  let expected: Expected = 'value';
  let index = 0;

  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = index;
    const token = pattern.exec(text)?.[0] ?? null;
    index += token?.length ?? 0;
    return token;
  };
  const field = (): string => {
    const open = stack.at(-1);
    return open ? within(open.field, open.at) : 'body';
  };
  const afterValue = (): Expected => (stack.length === 0 ? 'nothing' : 'comma or end');

  for (;;) {
    take(SPACE);
    if (index === text.length) return expected === 'nothing' ? null : cutAt(text);
    const start = index;
    const open = stack.at(-1);
    const mark = take(MARK);
    const isValue = expected === 'value' || expected === 'value or end';
    if (mark === null) {
      const isName = expected === 'name' || expected === 'name or end';
      const string = isValue || isName ? take(STRING) : null;
      if (string !== null && isName && open?.names) {
        const name = JSON.parse(string) as string;
        open.at = name;
        if (open.names.has(name)) return { field: field(), message: 'must be given once' };
        open.names.add(name);
        expected = 'colon';
        continue;
      }
      const number = isValue && string === null ? take(NUMBER) : null;
      if (number !== null && !isInteger(number)) return { field: field(), message: 'must be an integer' };
      if (string === null && number === null && (!isValue || take(WORD) === null)) return faultAt(text, start, isValue || isName);
      expected = afterValue();
    } else if ((mark === '{' || mark === '[') && isValue) {
      if (stack.length === maxDepth) return { field: 'body', message: `must not be nested deeper than ${maxDepth} levels` };
      stack.push({ field: stack.length === 0 ? '' : field(), names: mark === '{' ? new Set() : null, at: 0 });
      expected = mark === '{' ? 'name or end' : 'value or end';
    } else if (mark === '}' && open?.names && (expected === 'name or end' || expected === 'comma or end')) {
      stack.pop();
      expected = afterValue();
    } else if (mark === ']' && open?.names === null && (expected === 'value or end' || expected === 'comma or end')) {
      stack.pop();
      expected = afterValue();
    } else if (mark === ',' && open && expected === 'comma or end') {
      if (typeof open.at === 'number') open.at += 1;
      expected = open.names ? 'name' : 'value';
    } else if (mark === ':' && expected === 'colon') {
      expected = 'value';
    } else return unexpectedAt(text, start);
  }
};

const within = (field: string, at: string | number): string => (field === '' ? `${at}` : `${field}.${at}`).slice(0, 200);

const faultAt = (text: string, index: number, isTokenExpected: boolean): JsonFault => {
  CUT.lastIndex = index;
  return isTokenExpected && CUT.test(text) ? cutAt(text) : unexpectedAt(text, index);
};

const cutAt = (text: string): JsonFault => ({
  field: 'body',
  message: `is not complete JSON: it ends at character ${[...text].length}`,
});

const unexpectedAt = (text: string, index: number): JsonFault => {
  const character = String.fromCodePoint(text.codePointAt(index) ?? 0);
  return {
    field: 'body',
    message: `is not JSON: ${JSON.stringify(character)} is unexpected at character ${[...text.slice(0, index)].length + 1}`,
  };
};

/** Whether the exact value of a number, as JSON writes it, is an integer: `10.0` and `1e1` are, `1e-1` is not. */
const isInteger = (number: string): boolean => {
  const [mantissa = '', exponent = '0'] = number.toLowerCase().split('e');
  const [integer = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = integer + fraction;
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end -= 1;
  return end === 0 || end - integer.length <= Number(exponent);
};
