import type { Condition, Cycle, RewardEventEvent, RewardEventRecord, RewardType } from '@rewards/contracts';
import { changedRewardEvent, createdRewardEvent } from '@rewards/domain/reward-event.decider';
import { milestonesOf } from '@rewards/domain/terms';
import type { Schemas } from '../../shared/api/client';

export type Fact = Schemas['AuditResponse'];

/** State of an event as operators set it; time alone does not change it. */
export type SetState = 'DRAFT' | 'PUBLISHED' | 'PAUSED' | 'ENDED' | 'DELETED';

export type FieldValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'time'; readonly at: string }
  | { readonly kind: 'state'; readonly state: SetState }
  | { readonly kind: 'condition'; readonly condition: Condition }
  | { readonly kind: 'cycle'; readonly cycle: Cycle | null }
  | { readonly kind: 'yesNo'; readonly is: boolean }
  | {
      readonly kind: 'reward';
      readonly amount: number;
      readonly type: RewardType;
      readonly itemCode: string | null;
      readonly isHeld: boolean;
    };

export type FieldName =
  | 'state'
  | 'name'
  | 'description'
  | 'startsAt'
  | 'endsAt'
  | 'claimsUntil'
  | 'timeZone'
  | 'dayStartsAt'
  | 'condition'
  | 'cycle'
  | 'autoComplete'
  | 'autoClaim'
  | 'metadata'
  | 'reward';

/** One value of an event. */
export interface Field {
  readonly name: FieldName;
  /** Name of the reward or of the member of the metadata. */
  readonly of?: string;
  /** Count of the reward's milestone. */
  readonly milestone?: number;
  readonly value: FieldValue;
}

/** A value before and after a change; null where there is none. */
export interface FieldChange extends Omit<Field, 'value'> {
  readonly id: string;
  readonly before: FieldValue | null;
  readonly after: FieldValue | null;
}

/** What one request did to an event. */
export interface Change {
  /** Domain events that the request recorded, in order. */
  readonly facts: readonly [Fact, ...Fact[]];
  readonly changes: readonly FieldChange[];
  /** Whether the event did not exist before. */
  readonly isCreation: boolean;
  /** Why, as the operator wrote it. */
  readonly reason: string | null;
  /** Zone of the event after the change. */
  readonly timeZone: string;
}

interface Folded {
  readonly record: RewardEventRecord;
  readonly isEnded: boolean;
}

type Fields = ReadonlyMap<string, Field>;

/**
 * Returns what each request did to an event, with the values before and after it, oldest first. They result from the fold that the
 * command service uses.
 * @param facts of the event's own stream, in order and complete
 */
export const changesOf = (facts: readonly Fact[]): readonly Change[] => {
  const changes: Change[] = [];
  let before: Folded | null = null;
  for (const group of byRequest(facts)) {
    const after: Folded | null = group.reduce(applied, before);
    if (after === null) continue;
    changes.push({
      facts: group,
      changes: differences(before && fieldsOf(before), fieldsOf(after)),
      isCreation: before === null,
      reason: reasonOf(group),
      timeZone: after.record.timeZone,
    });
    before = after;
  }
  return changes;
};

/** Groups consecutive domain events of one request: a creation records the event and each reward. */
const byRequest = (facts: readonly Fact[]): [Fact, ...Fact[]][] => {
  const groups: [Fact, ...Fact[]][] = [];
  for (const fact of facts) {
    const last = groups.at(-1);
    if (last && last[0].correlationId === fact.correlationId) last.push(fact);
    else groups.push([fact]);
  }
  return groups;
};

// The API describes the data of every domain event as an object; its type says which.
const domainEventOf = ({ type, data }: Fact): RewardEventEvent => ({ type, data }) as unknown as RewardEventEvent;

const applied = (folded: Folded | null, fact: Fact): Folded | null => {
  const event = domainEventOf(fact);
  if (event.type === 'RewardEventCreated') return { record: createdRewardEvent(event.data), isEnded: false };
  return (
    folded && {
      record: changedRewardEvent(folded.record, event),
      isEnded: folded.isEnded || event.type === 'RewardEventEnded',
    }
  );
};

const reasonOf = (facts: readonly Fact[]): string | null =>
  facts.map(({ data }) => data.reason).find((reason) => typeof reason === 'string') ?? null;

const stateOf = ({ record: { publishedAt, pausedAt, deletedAt }, isEnded }: Folded): SetState => {
  if (deletedAt !== null) return 'DELETED';
  if (publishedAt === null) return 'DRAFT';
  if (isEnded) return 'ENDED';
  return pausedAt === null ? 'PUBLISHED' : 'PAUSED';
};

const text = (value: string): FieldValue => ({ kind: 'text', text: value });
const time = (at: string): FieldValue => ({ kind: 'time', at });

const fieldsOf = (folded: Folded): Fields => {
  const { record } = folded;
  const fields: Field[] = [
    { name: 'state', value: { kind: 'state', state: stateOf(folded) } },
    { name: 'name', value: text(record.name) },
    { name: 'description', value: text(record.description) },
    { name: 'startsAt', value: time(record.startsAt) },
    { name: 'endsAt', value: time(record.endsAt) },
    { name: 'claimsUntil', value: time(record.claimsUntil) },
    { name: 'timeZone', value: text(record.timeZone) },
    { name: 'dayStartsAt', value: text(record.dayStartsAt ?? '00:00') },
    { name: 'condition', value: { kind: 'condition', condition: record.condition } },
    { name: 'cycle', value: { kind: 'cycle', cycle: record.cycle ?? null } },
    { name: 'autoComplete', value: { kind: 'yesNo', is: record.autoComplete === true || record.autoClaim === true } },
    { name: 'autoClaim', value: { kind: 'yesNo', is: record.autoClaim === true } },
    ...Object.entries(record.metadata ?? {}).map(([of, value]): Field => ({ name: 'metadata', of, value: text(value) })),
    ...milestonesOf(record).flatMap(({ count, rewards, held = [] }) =>
      rewards.map(({ name, amount, type, itemCode = null }): Field => ({
        name: 'reward',
        of: name,
        milestone: count,
        value: { kind: 'reward', amount, type, itemCode, isHeld: held.includes(name) },
      })),
    ),
  ];
  return new Map(fields.map((field) => [idOf(field), field]));
};

const idOf = ({ name, of, milestone }: Field): string => JSON.stringify([name, of, milestone]);

/** Compares in the order of the fields; what was removed comes last. */
const differences = (before: Fields | null, after: Fields): FieldChange[] => {
  const ids = new Set([...after.keys(), ...(before?.keys() ?? [])]);
  return [...ids].flatMap((id) => {
    const [old, current] = [before?.get(id) ?? null, after.get(id) ?? null];
    const field = current ?? old;
    if (!field || JSON.stringify(old?.value) === JSON.stringify(current?.value)) return [];
    const { value: _value, ...named } = field;
    return [{ ...named, id, before: old?.value ?? null, after: current?.value ?? null }];
  });
};
