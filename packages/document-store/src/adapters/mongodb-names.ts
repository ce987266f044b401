/**
 * Names of members that clients choose, such as those of an event's metadata, may contain signs that MongoDB and FerretDB reject or
 * interpret: `$` and `.`. They are stored percent-encoded.
 */
const encode = (name: string): string => name.replace(/[$.%]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
const decode = (name: string): string =>
  name.replace(/%(24|2e|25)/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));

const NEEDS_ENCODING = /[$.%]/;

/** @returns the value with its members renamed; the value itself if none needs another name */
const renamed = (value: unknown, needsRename: RegExp, rename: (name: string) => string): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => renamed(item, needsRename, rename));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const members = Object.entries(value);
  const changed = members.map(([name, member]): [string, unknown] => [
    needsRename.test(name) ? rename(name) : name,
    renamed(member, needsRename, rename),
  ]);
  const isSame = changed.every(([name, member], index) => name === members[index]?.[0] && member === members[index]?.[1]);
  return isSame ? value : Object.fromEntries(changed);
};

/** @returns the document with names of members that MongoDB accepts */
export const toStorable = (document: object): object => renamed(document, NEEDS_ENCODING, encode) as object;

/** @returns the document with the names that `toStorable` replaced */
export const fromStorable = (document: object): object => renamed(document, /%/, decode) as object;
