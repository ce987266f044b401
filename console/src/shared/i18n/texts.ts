import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';

export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { en: 'English', ko: '한국어' };

const STORED_AS = 'login-rewards:language';

const preferred = (): Language => {
  const named = [localStorage.getItem(STORED_AS), ...navigator.languages].map((language) => language?.slice(0, 2));
  return LANGUAGES.find((language) => named.find((one) => LANGUAGES.includes(one as Language)) === language) ?? 'en';
};

/** Starts the translations in the language that was chosen last, or the browser's. */
export const startI18n = async (): Promise<void> => {
  await i18next.use(initReactI18next).init({
    lng: preferred(),
    fallbackLng: false,
    resources: Object.fromEntries(LANGUAGES.map((language) => [language, registered[language]])),
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = i18next.language;
};

export const currentLanguage = (): Language => i18next.language as Language;

export const useLanguage = (): Language => useTranslation().i18n.language as Language;

export const chooseLanguage = async (language: Language): Promise<void> => {
  localStorage.setItem(STORED_AS, language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
};

type Plural = '_one' | '_other';
/** Key of a text. Texts with a count have a form `_one` and a form `_other`, and one key. */
type BaseKey<Key extends string> = Key extends `${infer Base}${Plural}` ? Base : Key;
/** Korean has one form for every count. */
type KoreanKey<Key extends string> = Exclude<Key, `${string}_one`>;

export interface Texts<Key extends string = string> {
  readonly namespace: string;
  readonly en: Readonly<Record<Key, string>>;
  readonly ko: Readonly<Record<KoreanKey<Key>, string>>;
}

const registered: Record<Language, Record<string, Readonly<Record<string, string>>>> = { en: {}, ko: {} };

/**
 * Registers the texts of one part of an application. Texts are kept beside the page that shows them, and loaded with it.
 * @param namespace unique name
 */
export const defineTexts = <const Key extends string>(
  namespace: string,
  languages: Pick<Texts<Key>, 'en' | 'ko'>,
): Texts<Key> => {
  for (const language of LANGUAGES) {
    registered[language][namespace] = languages[language];
    if (i18next.isInitialized) i18next.addResourceBundle(language, namespace, languages[language]);
  }
  return { namespace, ...languages };
};

/** Whether an exported value was created by `defineTexts`. */
export const isTexts = (value: unknown): value is Texts =>
  typeof value === 'object' && value !== null && 'namespace' in value && 'en' in value && 'ko' in value;

export type Values = Readonly<Record<string, string | number>>;
export type Translate<Key extends string> = (key: BaseKey<Key>, values?: Values) => string;

/** Returns the function that translates the keys of `texts` into the current language. */
export const useTexts = <Key extends string>(texts: Texts<Key>): Translate<Key> => {
  const { t } = useTranslation(texts.namespace);
  return (key, values) => t(key as string, { ...values, ns: texts.namespace });
};

/** Translates outside of components. */
export const translate = <Key extends string>(texts: Texts<Key>, key: BaseKey<Key>, values?: Values): string =>
  i18next.t(key as string, { ...values, ns: texts.namespace });

/** Returns the function that translates into a given language: a preview may show another one than the page around it. */
export const textsIn =
  <Key extends string>(texts: Texts<Key>, language: Language): Translate<Key> =>
  (key, values) =>
    i18next.t(key as string, { ...values, ns: texts.namespace, lng: language });
