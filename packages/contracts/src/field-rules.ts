/** Rules of single fields, shared by the services that enforce them and by clients that check what a person enters. */

/** @returns the length of a text in characters, where a surrogate pair is one */
export const codePoints = (text: string): number => [...text].length;

/**
 * Returns whether a text can be stored and displayed in the order in which it was written: it has no control characters, lone
 * surrogates, or bidirectional overrides and isolates.
 */
export const isClean = (text: string): boolean => !/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(text);

/**
 * A character that is visible on its own. The others are white space, format characters, combining marks without a base,
 * characters that a renderer may ignore according to Unicode (Hangul fillers, tags, variation selectors), noncharacters, and two
 * symbols with an empty glyph (Braille blank, null notehead).
 */
const VISIBLE = /[^\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800\u{1d159}]/u;

/** Converts a name to NFC and trims it. */
export const normaliseName = (name: string): string => name.normalize('NFC').trim();

/** Returns whether a normalised name may be stored. */
export const isName = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && codePoints(value) <= 100 && isClean(value) && VISIBLE.test(value);

/** A name that is also a path segment. A path with an encoded slash or a dot segment is always rejected. */
export const NAME_SEGMENT = /^[^./\\][^/\\]*$/;

/** Returns whether a name may be a path segment, as the name of a reward is. */
export const isNameSegment = (value: unknown): boolean => typeof value === 'string' && NAME_SEGMENT.test(value);

/** Whether a value is text without control characters other than line breaks and tabs. */
export const isFreeText = (value: unknown): value is string =>
  typeof value === 'string' && isClean(value.replace(/[\n\r\t]/g, ''));

/** The game's own identifier of an item. */
export const ITEM_CODE = /^[A-Za-z0-9._-]{1,64}$/;

/** A time of day, `HH:MM`. */
export const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Returns whether a value is a time of day, `HH:MM`. */
export const isTimeOfDay = (value: unknown): value is string => typeof value === 'string' && TIME_OF_DAY.test(value);

/** Largest metadata of an event, in bytes of its JSON. */
export const MAX_METADATA_BYTES = 4 * 1_024;

/** Longest description of an event, in characters. */
export const MAX_DESCRIPTION = 2_000;
