/** Rules that verification checks. */
export const RULES = [
  'EVENT_UNREADABLE',
  'TIME_ZONE_UNKNOWN',
  'FACT_MISSING',
  'LOGIN_RECORDED_TWICE',
  'STARTED_TWICE',
  'TERMS_DIFFER',
  'COUNTED_BEFORE_START',
  'COUNTED_TWICE',
  'COUNTED_WITHOUT_LOGIN',
  'COUNTED_OUTSIDE_WINDOW',
  'COUNTED_IN_PAUSE',
  'COUNTED_AFTER_CONDITION',
  'WRONG_CYCLE',
  'WRONG_PROGRESS',
  'LOGIN_MISSING',
  'COMPLETED_TWICE',
  'COMPLETED_WITHOUT_CONDITION',
  'COMPLETED_AFTER_CLOSE',
  'WRONG_PROMISE',
  'NO_SUCH_MILESTONE',
  'CLAIMED_WITHOUT_COMPLETION',
  'CLAIMED_AFTER_CLOSE',
  'CLAIMED_UNPROMISED',
  'CLAIMED_MORE_THAN_PROMISED',
  'CLAIMED_TOO_LITTLE',
  'REQUEST_GRANTED_TWICE',
  'WRONG_CLAIM',
  'AUTOMATIC_MISSING',
  'AUTOMATIC_SURPLUS',
  'AUTOMATIC_DIFFERS',
  /** Two endpoints accept one reward type, so that a grant would have two deliveries. */
  'ENDPOINTS_OVERLAP',
  /** A grant that an endpoint accepted has no delivery to it. */
  'DELIVERY_MISSING',
  /** A grant has a second delivery. */
  'TWO_DELIVERIES',
  /** An endpoint has an earlier delivery of a grant that it did not accept. */
  'DELIVERY_SURPLUS',
  /** An outcome or an earlier delivery names a delivery that no grant created. */
  'DELIVERY_WITHOUT_GRANT',
  /** An outcome was recorded before the grant, or before the delivery was listed as an earlier one. */
  'DELIVERED_BEFORE_GRANT',
  /** The id, endpoint, stream or content of a delivery does not follow from its grant. */
  'WRONG_DELIVERY',
  'READ_MODEL_DIFFERS',
  'READ_MODEL_MISSES',
  'READ_MODEL_HAS_MORE',
] as const;
export type Rule = (typeof RULES)[number];

/** Differences that break no rule. */
export const NOTES = ['DAY_DIFFERS', 'LOGIN_ID_REPEATED'] as const;
export type NoteKind = (typeof NOTES)[number];

/** A broken rule at one place. */
export interface Finding {
  readonly rule: Rule;
  /** The stream, or the document as `<read model>/<id>`. */
  readonly stream: string;
  /** Null if no single domain event is wrong. */
  readonly revision: number | null;
  readonly message: string;
}

/** Formats a finding as one line. */
export const describeFinding = ({ rule, stream, revision, message }: Finding): string =>
  `${rule} ${stream}${revision === null ? '' : `@${revision}`}: ${message}`;

/** Maximum number of stored findings; further ones are only counted. */
export const MAX_FINDINGS = 1_000;

/** A difference at one place that breaks no rule. */
export interface Note extends Omit<Finding, 'rule'> {
  readonly rule: NoteKind;
}

/** Collects findings and notes in bounded memory. */
export class Findings {
  readonly first: Finding[] = [];
  readonly byRule: Partial<Record<Rule, number>> = {};
  readonly notes: Note[] = [];
  count = 0;

  add(rule: Rule, stream: string, revision: number | null, message: string): void {
    this.count += 1;
    this.byRule[rule] = (this.byRule[rule] ?? 0) + 1;
    if (this.first.length < MAX_FINDINGS) this.first.push({ rule, stream, revision, message });
  }

  /** Records a difference that breaks no rule. */
  note(rule: NoteKind, stream: string, revision: number | null, message: string): void {
    if (this.notes.length < MAX_FINDINGS) this.notes.push({ rule, stream, revision, message });
  }
}
