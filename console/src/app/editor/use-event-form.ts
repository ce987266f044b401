import { useMemo, useRef, useState } from 'react';
import { ApiProblem } from '../../shared/api/problem';
import { changedFields, type EventForm, type FieldName } from './form';
import type { GridHandle } from './grid/reward-grid';
import type { ColumnName } from './grid/cells';
import {
  extensionIssuesOf,
  issuesOf,
  publicationIssuesOf,
  serverIssuesOf,
  type Issue,
  type Issues,
  type Place,
} from './validation';

const NONE: Issues = new Map();
const rootOf = (place: Place): string => place.split('.')[0] ?? place;

/** The order of the fields on the page, in which the first invalid one is found. */
const ORDER: readonly FieldName[] = [
  'name',
  'description',
  'timeZone',
  'dayStartsAt',
  'startsAt',
  'endsAt',
  'claimsUntil',
  'conditionType',
  'count',
  'graceDays',
  'cycle',
  'automation',
  'rows',
  'metadata',
];

/** The state of the editor's form: values, issues, and which of them are shown. */
export interface FormState {
  readonly form: EventForm;
  readonly base: EventForm;
  readonly isDirty: boolean;
  readonly isPublished: boolean;
  /** Issues that keep it from being saved. */
  readonly issues: Issues;
  /** Issues that keep it from being published. */
  readonly publicationIssues: Issues;
  readonly set: <Field extends FieldName>(field: Field, value: EventForm[Field]) => void;
  readonly replace: (base: EventForm, form: EventForm) => void;
  readonly touch: (field: FieldName) => void;
  /** The issue to show at a place. An empty field is no issue until the person has left it. */
  readonly shown: (place: Place) => Issue | undefined;
  /** Shows all issues and moves the focus to the first. @returns whether there are none */
  readonly check: (purpose: 'save' | 'publish') => boolean;
  /** Shows the field errors of an answer at their fields. */
  readonly accept: (error: unknown) => void;
  readonly grid: React.RefObject<GridHandle | null>;
}

/** Keeps the form of an event. @param isPublished whether the event was published, so that it can only be extended */
export const useEventForm = (initial: EventForm, isPublished: boolean): FormState => {
  const [{ base, form }, setForms] = useState({ base: initial, form: initial });
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [showsAll, setShowsAll] = useState(false);
  const [server, setServer] = useState<Issues>(NONE);
  const grid = useRef<GridHandle>(null);
  const issues = useMemo(
    () => new Map([...(isPublished ? extensionIssuesOf(base, form) : NONE), ...issuesOf(form)]),
    [base, form, isPublished],
  );
  const publicationIssues = useMemo(
    () => (isPublished || issues.size > 0 ? NONE : publicationIssuesOf(form, Date.now())),
    [form, issues, isPublished],
  );
  const isDirty = useMemo(() => changedFields(base, form).length > 0, [base, form]);

  const shown = (place: Place): Issue | undefined => {
    const issue = issues.get(place) ?? server.get(place) ?? publicationIssues.get(place);
    const root = rootOf(place);
    const isEarly = issue?.text === 'issueRequired' || issue?.text === 'issueNoReward';
    const isShown = showsAll || touched.has(root) || (root === 'rows' && !isEarly);
    return isShown ? issue : undefined;
  };
  const check = (purpose: 'save' | 'publish'): boolean => {
    const found = purpose === 'publish' ? new Map([...issues, ...publicationIssues]) : issues;
    const [first] = [...found.keys()].sort((one, other) => orderOf(one) - orderOf(other));
    if (first === undefined) return true;
    setShowsAll(true);
    focusPlace(first, grid.current);
    return false;
  };
  return {
    form,
    base,
    isDirty,
    isPublished,
    issues,
    publicationIssues,
    set: (field, value) => {
      setServer(NONE);
      setForms((current) => ({ ...current, form: { ...current.form, [field]: value } }));
    },
    replace: (nextBase, next) => setForms({ base: nextBase, form: next }),
    touch: (field) => setTouched((current) => (current.has(field) ? current : new Set([...current, field]))),
    shown,
    check,
    accept: (error) => {
      if (!(error instanceof ApiProblem) || !error.problem.errors) return;
      setServer(serverIssuesOf(form, error.problem.errors));
      setShowsAll(true);
    },
    grid,
  };
};

const orderOf = (place: Place): number => ORDER.findIndex((field) => field === rootOf(place));

const focusPlace = (place: Place, grid: GridHandle | null): void => {
  const [root, row, column] = place.split('.');
  if (root === 'rows') grid?.focusCell(Number(row ?? 0), (column ?? 'name') as ColumnName);
  else document.getElementById(fieldId(place))?.focus();
};

/** Id of the control of a place, by which its label and the focus find it. */
export const fieldId = (place: Place): string => `field-${place}`;
