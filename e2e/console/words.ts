import type { Language, Texts, Values } from '../../console/src/shared/i18n/texts';

type BaseKey<Key extends string> = Key extends `${infer Base}_${'one' | 'other'}` ? Base : Key;

/** Returns a text of the console in a language. Specs find controls by what people read. */
export type Say = <Key extends string>(texts: Texts<Key>, key: BaseKey<Key>, values?: Values) => string;

/** Returns the function that reads the texts of a language. */
export const wordsIn =
  (language: Language): Say =>
  (texts, key, values = {}) => {
    const known: Readonly<Record<string, string>> = texts[language];
    const text = (values.count === 1 ? known[`${key}_one`] : undefined) ?? known[key] ?? known[`${key}_other`];
    if (text === undefined) throw new Error(`${texts.namespace} has no text ${key} in ${language}`);
    return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? `{{${name}}}`));
  };
