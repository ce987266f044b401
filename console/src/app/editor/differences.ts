import { changedFields, EMPTY_FORM, type EventForm, type FieldName } from './form';

/** A field in which two forms differ, as lines of text. A list shows only the lines in which it differs. */
export interface Difference {
  readonly field: FieldName;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Shows the value of a field as lines: several for a list, one otherwise. */
export type LinesOf = (form: EventForm, field: FieldName) => readonly string[];

/** Returns what a change does, field by field. */
export const differencesOf = (before: EventForm, after: EventForm, linesOf: LinesOf): readonly Difference[] =>
  changedFields(before, after)
    .map((field) => {
      const [old, current] = [linesOf(before, field), linesOf(after, field)];
      return {
        field,
        before: old.filter((line) => !current.includes(line)),
        after: current.filter((line) => !old.includes(line)),
      };
    })
    .filter((difference) => difference.before.length + difference.after.length > 0);

/** A field that another person changed after this person had begun to edit. */
export interface ForeignChange {
  readonly field: FieldName;
  /** Whether this person changed it too, to another value. */
  readonly isConflict: boolean;
}

/** Returns what another person changed between `base` and `theirs`, and where `yours` differs as well. */
export const foreignChanges = (base: EventForm, theirs: EventForm, yours: EventForm): readonly ForeignChange[] => {
  const own = new Set(changedFields(base, yours));
  const different = new Set(changedFields(theirs, yours));
  return changedFields(base, theirs).map((field) => ({ field, isConflict: own.has(field) && different.has(field) }));
};

/** Returns the form with the changes of both. @param kept the conflicts in which this person's value is kept */
export const merged = (base: EventForm, theirs: EventForm, yours: EventForm, kept: ReadonlySet<FieldName>): EventForm => {
  const own = new Set(changedFields(base, yours));
  const conflicts = new Set(
    foreignChanges(base, theirs, yours)
      .filter(({ isConflict }) => isConflict)
      .map(({ field }) => field),
  );
  const isYours = (field: FieldName): boolean => (conflicts.has(field) ? kept.has(field) : own.has(field));
  return (Object.keys(EMPTY_FORM) as FieldName[]).reduce<EventForm>(
    (form, field) => (isYours(field) ? { ...form, [field]: yours[field] } : form),
    theirs,
  );
};
