/**
 * Whether two JSON values are equal. Ignores key order and undefined members, because stored data does not keep them. Compares
 * text in NFC, because earlier program versions stored some text without normalising it.
 */
export const isSameValue = (a: unknown, b: unknown): boolean => {
  if (typeof a === 'string' && typeof b === 'string') return a === b || a.normalize('NFC') === b.normalize('NFC');
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [definedMembers(a), new Map(definedMembers(b))];
  return left.length === right.size && left.every(([key, value]) => right.has(key) && isSameValue(value, right.get(key)));
};

const definedMembers = (value: object): [string, unknown][] => Object.entries(value).filter(([, member]) => member !== undefined);
