/**
 * Whether two JSON values are equal. Key order and members that are undefined do not count, because stored data comes back
 * without them, and text is compared in NFC, because earlier versions stored some text as it came.
 */
export const isSameValue = (a: unknown, b: unknown): boolean => {
  if (typeof a === 'string' && typeof b === 'string') return a === b || a.normalize('NFC') === b.normalize('NFC');
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [definedMembers(a), new Map(definedMembers(b))];
  return left.length === right.size && left.every(([key, value]) => right.has(key) && isSameValue(value, right.get(key)));
};

const definedMembers = (value: object): [string, unknown][] => Object.entries(value).filter(([, member]) => member !== undefined);
